// Sends a span, a log record and four metrics with each of the official exporters, gzip and plain.
// Arguments: the receiver's HTTP URL, and its gRPC URL.

import { DiagConsoleLogger, DiagLogLevel, diag } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationType, InstrumentType, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { OTLPLogExporter as LogsGrpc } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as LogsJson } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogsProto } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricsGrpc } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as MetricsJson } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricsProto } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TracesGrpc } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as TracesJson } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TracesProto } from "@opentelemetry/exporter-trace-otlp-proto";

diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);

const [http, grpc] = process.argv.slice(2);
const WAYS = {
  proto: [TracesProto, LogsProto, MetricsProto],
  json: [TracesJson, LogsJson, MetricsJson],
  grpc: [TracesGrpc, LogsGrpc, MetricsGrpc],
};

const exponential = (type) =>
  type === InstrumentType.HISTOGRAM
    ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
    : { type: AggregationType.DEFAULT };

async function send(way, compression) {
  const resource = resourceFromAttributes({ "service.name": `${way} ${compression}` });
  const options = (signal) => ({ url: way === "grpc" ? grpc : `${http}/v1/${signal}`, compression });
  const [Traces, Logs, Metrics] = WAYS[way];

  const tracing = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: new Traces(options("traces")) })],
  });
  const span = tracing.getTracer("node").startSpan("chat m", { kind: 2 });
  span.setAttribute("text", "日本").setAttribute("count", 7).setAttribute("list", ["a", "b"]);
  span.addEvent("event", { ratio: 0.5 });
  span.end();

  const logging = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter: new Logs(options("logs")) })],
  });
  logging.getLogger("node").emit({ severityNumber: 9, body: { said: "日本" }, attributes: { flag: true } });

  const spread = new Metrics({ ...options("metrics"), aggregationPreference: exponential });
  const meters = [new Metrics(options("metrics")), spread].map(
    (exporter) => new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter })] }),
  );
  const plain = meters[0].getMeter("node");
  plain.createCounter("asked").add(3, { model: "m" });
  plain.createGauge("warmth").record(0.5);
  plain.createHistogram("took").record(2);
  meters[1].getMeter("node").createHistogram("took").record(2);

  await Promise.all([tracing, logging, ...meters].map((provider) => provider.shutdown()));
}

for (const way of Object.keys(WAYS)) {
  for (const compression of ["none", "gzip"]) {
    await send(way, compression);
  }
}
