import logging
import os

from events import APP, KEY, URL, logger, say
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

resource = Resource.create({"service.name": APP, "service.instance.id": "web-1"})
packing = Compression.Gzip if os.environ.get("GZIP") else Compression.NoCompression
exporter = OTLPLogExporter(
    URL + "/v1/logs", headers={"authorization": "Bearer " + KEY}, compression=packing, timeout=60
)
provider = LoggerProvider(resource=resource)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
tracer = TracerProvider(resource=resource).get_tracer("shop")
with tracer.start_as_current_span("order") as span:
    say(logger(LoggingHandler(logging.DEBUG, provider)))
    print(f"{span.get_span_context().trace_id:032x}")
provider.shutdown()
