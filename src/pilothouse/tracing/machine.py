"""Metrics of this process and of the machine it runs on, sent beside the spans.

The instrumentation of OpenTelemetry reads processor and memory; the disk that the process stands on
and NVIDIA's GPUs, which it does not know, are read here. Of a processor only how idle its cores are
is sent: busy is the rest.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.tracing.settings import Settings, resource_attributes
from pilothouse.tracing.trouble import trouble, warn_once

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation
    from opentelemetry.sdk.metrics import MeterProvider

_READ: Final = {
    "system.cpu.utilization": ["idle"],
    "system.memory.usage": ["used"],
    "system.memory.utilization": ["used"],
    "process.cpu.utilization": None,
    "process.memory.usage": None,
}
EXPORT_S: Final = 5.0
"""How long one sending may take, trying again included."""
Reading = tuple[float, dict[str, str]]
"""A value and its attributes."""


class Machine:
    """Sends metrics once a minute (OTEL_METRIC_EXPORT_INTERVAL) until `end`."""

    def __init__(self, settings: Settings, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._headers = dict(headers)
        self._provider: MeterProvider | None = None
        self._stop: list[Callable[[], object]] = []

    def begin(self) -> None:
        """Starts to send, where the extra is installed; else says once which."""
        try:
            from opentelemetry.instrumentation.system_metrics import SystemMetricsInstrumentor
        except ImportError:
            warn_once(
                "system_metrics",
                "system_metrics=True needs an extra: pip install 'pilothouse[system]'",
            )
            return
        provider = self._provider = self._made()
        instrumentor = SystemMetricsInstrumentor(config=dict(_READ))
        instrumentor.instrument(meter_provider=provider)
        self._stop.append(instrumentor.uninstrument)
        meter = provider.get_meter("pilothouse")
        _watch(meter, "system.filesystem.usage", "By", _filesystem_bytes)
        _watch(meter, "system.filesystem.utilization", "1", _filesystem_share)
        self._watch_gpus(meter)

    def _made(self) -> MeterProvider:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource

        exporter = OTLPMetricExporter(
            endpoint=f"{self._settings.endpoint}/v1/metrics",
            headers=self._headers,
            timeout=EXPORT_S,
        )
        attributes = resource_attributes(self._settings)
        attributes |= {"host.name": socket.gethostname(), "process.pid": os.getpid()}
        return MeterProvider(
            metric_readers=[PeriodicExportingMetricReader(exporter)],
            resource=Resource.create(attributes),
            shutdown_on_exit=False,
        )

    def _watch_gpus(self, meter: Meter) -> None:
        try:
            import pynvml

            pynvml.nvmlInit()
        except Exception:
            return  # neither the library nor a driver need be there: most machines have no GPU
        self._stop.append(pynvml.nvmlShutdown)
        for name, unit, read in _GPU_METRICS:
            _watch(meter, name, unit, partial(_of_gpus, pynvml, read))

    def end(self, timeout_s: float) -> None:
        """Sends a last time and stops."""
        if self._provider is None:
            return
        for stop in (lambda: self._shutdown(timeout_s), *self._stop):
            try:
                stop()
            except Exception as error:
                trouble("stopping the metrics of the machine", error)
        self._provider = None

    def _shutdown(self, timeout_s: float) -> None:
        assert self._provider is not None
        self._provider.shutdown(timeout_millis=timeout_s * 1000)


def _watch(meter: Meter, name: str, unit: str, read: Callable[[], Iterable[Reading]]) -> None:
    """Have a gauge read each time that metrics are sent."""
    from opentelemetry.metrics import Observation

    def observe(_options: CallbackOptions) -> Iterator[Observation]:
        try:
            found = list(read())
        except Exception as error:
            trouble(f"reading {name}", error)
            return
        for value, attributes in found:
            yield Observation(value, attributes)

    meter.create_observable_gauge(name, callbacks=[observe], unit=unit)


def _filesystem_bytes() -> Iterator[Reading]:
    place, disk = _disk()
    yield disk.used, {"system.filesystem.mountpoint": place, "system.filesystem.state": "used"}
    yield disk.free, {"system.filesystem.mountpoint": place, "system.filesystem.state": "free"}


def _filesystem_share() -> Iterator[Reading]:
    place, disk = _disk()
    yield disk.used / disk.total, {"system.filesystem.mountpoint": place}


def _disk() -> tuple[str, Any]:  # Any: the tuple that shutil names only in its stubs
    """The file system that the working directory stands on."""
    place = Path.cwd()
    while not os.path.ismount(place):  # `Path.is_mount` is not there on Windows before 3.12
        place = place.parent
    return str(place), shutil.disk_usage(place)


def _gpu_memory(nvml: Any, gpu: Any) -> Any:  # Any: NVML's binding brings no types
    return nvml.nvmlDeviceGetMemoryInfo(gpu)


_GPU_METRICS: Final[tuple[tuple[str, str, Callable[[Any, Any], float]], ...]] = (
    ("hw.gpu.utilization", "1", lambda n, gpu: n.nvmlDeviceGetUtilizationRates(gpu).gpu / 100),
    ("hw.gpu.memory.usage", "By", lambda n, gpu: _gpu_memory(n, gpu).used),
    ("hw.gpu.memory.limit", "By", lambda n, gpu: _gpu_memory(n, gpu).total),
    (
        "hw.gpu.memory.utilization",
        "1",
        lambda n, gpu: _gpu_memory(n, gpu).used / _gpu_memory(n, gpu).total,
    ),
)


def _of_gpus(nvml: Any, read: Callable[[Any, Any], float]) -> Iterator[Reading]:
    for number in range(nvml.nvmlDeviceGetCount()):
        gpu = nvml.nvmlDeviceGetHandleByIndex(number)
        attributes = {
            "hw.id": _text(nvml.nvmlDeviceGetUUID(gpu)),
            "hw.name": _text(nvml.nvmlDeviceGetName(gpu)),
            "hw.vendor": "NVIDIA",
        }
        yield float(read(nvml, gpu)), attributes


def _text(told: str | bytes) -> str:
    """What older versions of the binding give as bytes."""
    return told.decode() if isinstance(told, bytes) else told
