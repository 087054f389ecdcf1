# The image of logstream-server, built from these sources. docs/deployment.md tells how to run it.

FROM node:22-bookworm-slim AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY constraints.txt ./
RUN python3 -m venv /tools \
    && /tools/bin/pip install --no-cache-dir -c constraints.txt build hatchling
COPY . .
RUN scripts/build-ui \
    && /tools/bin/python -m build --no-isolation --wheel

FROM python:3.13-slim-bookworm
RUN groupadd --system --gid 8081 logstream \
    && useradd --system --uid 8081 --gid logstream --home-dir /var/lib/logstream --shell /usr/sbin/nologin logstream \
    && install -d -o logstream -g logstream -m 0750 /var/lib/logstream
RUN --mount=type=bind,from=build,source=/build,target=/build \
    pip install --no-cache-dir -c /build/constraints.txt /build/dist/*.whl

# One port: viewers come to /ws on it. What is kept lies in the volume, nothing else is written but temporary files: run it
# with --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges, as compose.yaml does.
ENV PYTHONDONTWRITEBYTECODE=1 \
    HTTP_PORT=8081 \
    WS_PORT=0 \
    LOG_PATH=/var/lib/logstream/logs \
    SPOOL_PATH=/var/lib/logstream/spool
USER 8081:8081
WORKDIR /var/lib/logstream
VOLUME /var/lib/logstream
EXPOSE 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['HTTP_PORT']}/api/health\", timeout=4)"]
CMD ["logstream", "serve"]
