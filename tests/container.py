"""`docker run` of the image, as far as Linux alone can do it: a mount namespace and setpriv, without Docker.

The root is a temporary file system into which this machine's programs are bound, read-only, in place of the image's.
"""

import os
import shutil
import subprocess
from pathlib import Path

NEEDS = ("unshare", "mount", "chroot", "setpriv")

_SCRIPT = r"""
root=$1 volume=$2 target=$3 user=$4 paths=$5; shift 5
bind() { mkdir -p "$root$1"; mount --bind "$1" "$root$1"; mount -o remount,bind,ro,nosuid "$root$1"; }
mount -t tmpfs -o mode=0755,nosuid,nodev none "$root"
mkdir "$root/tmp"
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec none "$root/tmp"
for name in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$name" ]; then cp -P "/$name" "$root/$name"; elif [ -d "/$name" ]; then bind "/$name"; fi
done
for path in /usr /etc /proc /dev $paths; do bind "$path"; done
mkdir -p "$root$target"
mount --bind "$volume" "$root$target"
mount -o remount,bind,nosuid,nodev "$root$target"
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all --ambient-caps=-all sh -c 'cd "$0" && exec "$@"' "$target" "$@"
"""


def unable() -> str | None:
    """Why nothing can be contained here; None when it can."""
    if missing := [name for name in NEEDS if shutil.which(name) is None]:
        return f"{', '.join(missing)} missing"
    if os.geteuid() != 0:
        return "needs root"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return None if tried.returncode == 0 else "mount namespaces are not allowed"


def contained(root: Path, volume: Path, target: str, user: str, image: list[Path]) -> tuple[str, ...]:
    """What to put before a command to run it as `user` (UID:GID), without capabilities, below `root`, an empty folder.

    It sees this machine's /usr, /etc, /proc, /dev and the `image` paths, and can write to /tmp, which is empty, and to
    `target`, which is the folder `volume`.
    """
    paths = " ".join(map(str, image))
    script = ("sh", "-euc", _SCRIPT, "sh", str(root), str(volume), target, user, paths)
    return ("unshare", "--mount", "--propagation", "private", *script)
