"""A network's weights in the order in which XNNPACK works on them, kept in a file.

XNNPACK packs the weights of a model anew whenever it is loaded, into memory that nothing can take
back. From a file they are mapped instead: what is needed is read, and under pressure the kernel
drops it again. Running takes as long, and the numbers are the same to the last bit. What loading
saves, the hash below costs.

XNNPACK believes such a file: one with a damaged byte gives wrong numbers, and one of another model
with the same layout that model's. So it is as trusted as the pack is. It lies in a folder that is
ours alone, and its name says for what it was made and what its SHA-256 has to be, which is computed
before each use. Whatever does not fit is removed and made again; where none can be made, the door
runs without.

What XNNPACK itself rejects, such as a file of another build of the same version, it would write
anew in the same place, under a name that then lies, and end the process on a full disk. It opens
the file once more for that, so it is one that nobody may write, and the thread does without the
right of root to write it all the same.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import logging
import os
import platform
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facedoor.files import draft, make_folder, publish

WORTH_BYTES = 8_000_000
"""A smaller model gains less than it takes to run one by its compiled form: about 7 MB."""

SPARE_BYTES = 100_000_000
"""So much has to stay free on the disk: the journal goes first."""

_STDERR = 2
_SUFFIX = ".weights"
_OTHERS = 0o077
_READ_ONLY = 0o400
_CAPABILITIES = 0x20080522
"""Version 3 of Linux's capability sets: two halves of three words, the effective set first."""

_WRITES_ALL = 1 << 1
"""CAP_DAC_OVERRIDE, by which root writes what the mode forbids."""

_KINDS_OF_CPU = frozenset(
    (
        *("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features"),
        *("CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision"),
    )
)
"""What ``/proc/cpuinfo`` says of a processor that does not change while it runs."""

log = logging.getLogger(__name__)


class Compiled:
    """A model that LiteRT has compiled. Not safe for use by several threads at once."""

    def __init__(self, model: Any) -> None:
        (signature,) = model.get_signature_list()
        details = model.get_output_tensor_details(signature)
        self._model = model
        self._inputs = model.create_input_buffers(0)
        self._outputs = model.create_output_buffers(0)
        self._forms = _forms(details)
        self.output_indices = [int(detail["index"]) for detail in details.values()]
        """Which tensor of the model each output is."""
        # The first one has LiteRT look for drivers, and say so, and reads the weights.
        ((shape, dtype),) = _forms(model.get_input_tensor_details(signature))
        self.run(np.zeros(shape, dtype))
        _end_quietly()

    def run(self, tensor: NDArray[Any]) -> list[NDArray[Any]]:
        """The outputs for one input of the model's shape and dtype."""
        self._inputs[0].write(tensor)
        self._model.run_by_index(0, self._inputs, self._outputs)
        return [
            buffer.read(int(np.prod(shape)), dtype).reshape(shape)
            for buffer, (shape, dtype) in zip(self._outputs, self._forms, strict=True)
        ]


def _forms(details: dict[str, Any]) -> list[tuple[tuple[int, ...], np.dtype[Any]]]:
    """Shape and dtype of each of the tensors."""
    return [(tuple(one["shape"]), np.dtype(one["dtype"])) for one in details.values()]


@dataclass(frozen=True, slots=True)
class WeightCache:
    """The files in ``directory``. One that does not ``make`` any uses what is there."""

    directory: Path
    makes: bool = True

    def compiled(self, sha256: str, path: Path, threads: int) -> Compiled | None:
        """The model at ``path``, which has this SHA-256, with weights from a file.

        ``None`` where it cannot be had, or would not be worth it: never raises.
        """
        try:
            size = path.stat().st_size
            if size < WORTH_BYTES or not self._is_ours():
                return None
            key = _key(sha256)
            for file in sorted(self.directory.glob(f"{key}.*{_SUFFIX}")):
                if (known := _known(file, path, threads)) is not None:
                    return known
                if self.makes:
                    file.unlink(missing_ok=True)
            return self._made(key, path, size, threads) if self.makes else None
        except ModuleNotFoundError:  # tflite-runtime, which has no such form
            return None
        except Exception as error:  # whatever it is, there is a way without
            log.warning(
                "%s runs without packed weights in %s (%s: %s), which takes more memory",
                path.name,
                self.directory,
                type(error).__name__,
                str(error).strip(),
            )
            return None

    def keep_only(self, sha256s: set[str]) -> None:
        """Remove the files of all other models, and of other processors or versions of LiteRT.

        Never raises."""
        if not self.makes:
            return
        with suppress(OSError, ModuleNotFoundError):
            keys = {_key(sha256) for sha256 in sha256s}
            for file in self.directory.iterdir():
                if file.name.partition(".")[0] not in keys:
                    file.unlink()

    def _is_ours(self) -> bool:
        """Whether nobody else can write into the folder, which is made if need be."""
        if self.makes:
            make_folder(self.directory)
        elif not self.directory.is_dir():
            return False
        status = self.directory.lstat()
        is_private = stat.S_ISDIR(status.st_mode) and not status.st_mode & _OTHERS
        if not (is_private and status.st_uid == os.geteuid()):
            if self.makes:
                log.warning("%s has to be a folder of mode 700 of this user", self.directory)
            return False
        return True

    def _made(self, key: str, path: Path, size: int, threads: int) -> Compiled | None:
        disk = os.statvfs(self.directory)
        if disk.f_bavail * disk.f_frsize < 2 * size + SPARE_BYTES:
            return None
        # In memory first: XNNPACK ends the whole process where it cannot write.
        with os.fdopen(os.memfd_create("weights"), "r+b") as packed:
            if _compiled(path, threads, _open_file(packed.fileno())) is None:
                return None
            digest = hashlib.file_digest(packed, "sha256").hexdigest()
            file = self.directory / f"{key}.{digest}{_SUFFIX}"
            with draft(self.directory / f"{key}{_SUFFIX}") as name:
                packed.seek(0)
                with name.open("wb") as written:
                    shutil.copyfileobj(packed, written)
                name.chmod(_READ_ONLY)
                publish(name, file)
        return _known(file, path, threads)


def _known(file: Path, path: Path, threads: int) -> Compiled | None:
    """The model with the weights in ``file``; ``None`` unless it holds what its name says, and
    XNNPACK takes it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        is_read_only = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == _READ_ONLY
        if not (is_read_only and status.st_uid == os.geteuid()):
            return None
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if file.name.split(".")[1] != digest:
            log.warning("%s is damaged and is made again", file)
            return None
        # By the descriptor, so that it is the file whose digest was just computed.
        weights = _open_file(descriptor)
        before = _times_mapped(weights)
        with _bound_by_modes():
            model = _compiled(path, threads, weights)
        if _times_mapped(weights) > before:
            return model
        log.warning("%s is of another build of LiteRT and is made again", file)
        return None


def _times_mapped(open_file: Path) -> int:
    """How often an open file is mapped into the memory of this process."""
    maps = Path("/proc/self/maps").read_bytes().splitlines()
    mapped = b" " + bytes(open_file.readlink())
    return sum(line.endswith(mapped) for line in maps)


@contextmanager
def _bound_by_modes() -> Iterator[None]:
    """This thread writes no file whose mode forbids it, root's or not; others are as they were.

    Raises ``OSError`` where that cannot be had.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(header, held):
        raise OSError(ctypes.get_errno(), "the capabilities of the process cannot be read")
    if not held[0] & _WRITES_ALL:
        yield
        return
    fewer = type(held)(held[0] & ~_WRITES_ALL, *held[1:])
    if libc.capset(header, fewer):
        raise OSError(ctypes.get_errno(), "the capabilities of the process cannot be lowered")
    try:
        yield
    finally:
        libc.capset(header, held)


def _open_file(descriptor: int) -> Path:
    """A name of the file itself that is open, whatever has become of its own name."""
    return Path(f"/proc/self/fd/{descriptor}")


def _compiled(path: Path, threads: int, weights: Path) -> Compiled | None:
    """The model at ``path`` with weights from, or into, a file; ``None`` if XNNPACK does not run
    all of it."""
    from ai_edge_litert.compiled_model import CompiledModel, CpuOptions, Options

    options = Options(
        cpu_options=CpuOptions(num_threads=threads, xnnpack_weight_cache_path=str(weights))
    )
    model = CompiledModel.from_file(str(path), environment=_environment(), options=options)
    return Compiled(model) if model.is_fully_accelerated() else None


@functools.cache
def _environment() -> Any:
    """What all models of the process share."""
    from ai_edge_litert.environment import Environment, EnvironmentOptions

    nowhere = "/nonexistent"  # it has drivers of other makers loaded where it finds any
    environment = Environment.create(
        options=EnvironmentOptions(
            runtime_path=nowhere, compiler_plugin_path=nowhere, dispatch_library_path=nowhere
        )
    )
    # Never taken down, or it would say so while Python ends.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(environment.capsule))
    return environment


@functools.cache
def _end_quietly() -> None:
    """Close standard error as the last of all: once Python has ended, LiteRT says on it that it
    takes down what it had made. To be called when that is made: what ends is taken in turn."""
    libc = ctypes.CDLL(None)
    at_exit, close = getattr(libc, "__cxa_atexit", None), libc.close
    if at_exit is not None:
        at_exit(close, ctypes.c_void_p(_STDERR), None)


def _key(sha256: str) -> str:
    """For what packed weights are good: a model, a version of LiteRT, a kind of processor."""
    import ai_edge_litert

    cpus = set()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in _KINDS_OF_CPU:
            cpus.add((name.strip(), value.strip()))
    said = repr((sha256, ai_edge_litert.__version__, platform.machine(), sorted(cpus)))
    return hashlib.sha256(said.encode()).hexdigest()[:32]
