-- Version 1: every statement by which the database was made at commit 413ef64, in order. Never edited.

CREATE TABLE IF NOT EXISTS otel_traces (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(T64, ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS otel_logs (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimestampTime DateTime DEFAULT toDateTime(Timestamp),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    TraceFlags UInt8,
    SeverityText LowCardinality(String) CODEC(ZSTD(1)),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    Body String CODEC(ZSTD(1)),
    ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    EventName String CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(TimestampTime)
ORDER BY (ServiceName, TimestampTime, Timestamp)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS otel_metrics_gauge (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Value Float64 CODEC(ZSTD(1)),
    Exemplars Nested (FilteredAttributes Map(LowCardinality(String), String), TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String)
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, cityHash64(Attributes), TimeUnix)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS otel_metrics_sum (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Value Float64 CODEC(ZSTD(1)),
    Exemplars Nested (FilteredAttributes Map(LowCardinality(String), String), TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String),
    AggregationTemporality Int32 CODEC(ZSTD(1)),
    IsMonotonic Boolean CODEC(Delta(1), ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, cityHash64(Attributes), TimeUnix)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS otel_metrics_histogram (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Count UInt64 CODEC(Delta(8), ZSTD(1)),
    Sum Float64 CODEC(ZSTD(1)),
    BucketCounts Array(UInt64) CODEC(ZSTD(1)),
    ExplicitBounds Array(Float64) CODEC(ZSTD(1)),
    Exemplars Nested (FilteredAttributes Map(LowCardinality(String), String), TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String),
    Min Float64 CODEC(ZSTD(1)),
    Max Float64 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, cityHash64(Attributes), TimeUnix)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS otel_metrics_exponential_histogram (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Count UInt64 CODEC(Delta(8), ZSTD(1)),
    Sum Float64 CODEC(ZSTD(1)),
    Scale Int32 CODEC(ZSTD(1)),
    ZeroCount UInt64 CODEC(ZSTD(1)),
    PositiveOffset Int32 CODEC(ZSTD(1)),
    PositiveBucketCounts Array(UInt64) CODEC(ZSTD(1)),
    NegativeOffset Int32 CODEC(ZSTD(1)),
    NegativeBucketCounts Array(UInt64) CODEC(ZSTD(1)),
    Exemplars Nested (FilteredAttributes Map(LowCardinality(String), String), TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String),
    Min Float64 CODEC(ZSTD(1)),
    Max Float64 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, cityHash64(Attributes), TimeUnix)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS otel_metrics_summary (
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription String CODEC(ZSTD(1)),
    MetricUnit String CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    Count UInt64 CODEC(Delta(8), ZSTD(1)),
    Sum Float64 CODEC(ZSTD(1)),
    ValueAtQuantiles Nested (Quantile Float64, Value Float64) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, cityHash64(Attributes), TimeUnix)
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS calls (
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    duration_s Nullable(Float64) CODEC(ZSTD(1)),
    call_id String CODEC(ZSTD(1)),
    operation LowCardinality(String) CODEC(ZSTD(1)),
    route LowCardinality(String) CODEC(ZSTD(1)),
    provider LowCardinality(String) CODEC(ZSTD(1)),
    request_model LowCardinality(String) CODEC(ZSTD(1)),
    response_model LowCardinality(String) CODEC(ZSTD(1)),
    stream Nullable(Bool) CODEC(ZSTD(1)),
    outcome LowCardinality(String) CODEC(ZSTD(1)),
    error_type LowCardinality(String) CODEC(ZSTD(1)),
    http_status Nullable(UInt64) CODEC(ZSTD(1)),
    stop_reason LowCardinality(String) CODEC(ZSTD(1)),
    refusal_category LowCardinality(String) CODEC(ZSTD(1)),
    attempts Nullable(UInt64) CODEC(ZSTD(1)),
    failed_attempts Nullable(UInt64) CODEC(ZSTD(1)),
    attempt_statuses Array(LowCardinality(String)) CODEC(ZSTD(1)),
    retry_wait_s Nullable(Float64) CODEC(ZSTD(1)),
    retry_after_s Nullable(Float64) CODEC(ZSTD(1)),
    rate_limit LowCardinality(String) CODEC(ZSTD(1)),
    rate_limit_remaining_ratio Nullable(Float64) CODEC(ZSTD(1)),
    ttft_s Nullable(Float64) CODEC(ZSTD(1)),
    input_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_read_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_write_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    cache_write_1h_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    output_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    thinking_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    web_search_requests Nullable(UInt64) CODEC(ZSTD(1)),
    iterations Nullable(UInt64) CODEC(ZSTD(1)),
    cost_usd Nullable(Float64) CODEC(ZSTD(1)),
    price_source LowCardinality(String) CODEC(ZSTD(1)),
    unpriced_reason LowCardinality(String) CODEC(ZSTD(1)),
    service_tier LowCardinality(String) CODEC(ZSTD(1)),
    speed LowCardinality(String) CODEC(ZSTD(1)),
    inference_geo LowCardinality(String) CODEC(ZSTD(1)),
    request_id String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    tool_names Array(LowCardinality(String)) CODEC(ZSTD(1)),
    error_message String CODEC(ZSTD(1)),
    batch_id String CODEC(ZSTD(1)),
    custom_id String CODEC(ZSTD(1)),
    duplicates_span_id String CODEC(ZSTD(1)),
    duplicates_scope LowCardinality(String) CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    environment LowCardinality(String) CODEC(ZSTD(1)),
    release LowCardinality(String) CODEC(ZSTD(1)),
    feature LowCardinality(String) CODEC(ZSTD(1)),
    task LowCardinality(String) CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY time
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS tool_calls (
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    duration_s Nullable(Float64) CODEC(ZSTD(1)),
    tool LowCardinality(String) CODEC(ZSTD(1)),
    outcome LowCardinality(String) CODEC(ZSTD(1)),
    error_type LowCardinality(String) CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    environment LowCardinality(String) CODEC(ZSTD(1)),
    release LowCardinality(String) CODEC(ZSTD(1)),
    feature LowCardinality(String) CODEC(ZSTD(1)),
    task LowCardinality(String) CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY time
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS outcomes (
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    kind LowCardinality(String) CODEC(ZSTD(1)),
    name LowCardinality(String) CODEC(ZSTD(1)),
    label LowCardinality(String) CODEC(ZSTD(1)),
    score Nullable(Float64) CODEC(ZSTD(1)),
    comment String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    environment LowCardinality(String) CODEC(ZSTD(1)),
    release LowCardinality(String) CODEC(ZSTD(1)),
    feature LowCardinality(String) CODEC(ZSTD(1)),
    task LowCardinality(String) CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY time
SETTINGS ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS call_rows TO calls AS
SELECT
    Timestamp AS `time`,
    TraceId AS `trace_id`,
    SpanId AS `span_id`,
    ParentSpanId AS `parent_span_id`,
    Duration / 1e9 AS `duration_s`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.call.id')] AS `call_id`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.operation.name')] AS `operation`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.route')] AS `route`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.provider.name')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.provider.name')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.system')]) AS `provider`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.request.model')] AS `request_model`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.response.model')] AS `response_model`,
    transform(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.request.stream')], ['true', 'false'], [true, false]::Array(Nullable(Bool)), NULL) AS `stream`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.outcome')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.outcome')], if(StatusCode = 'Error', 'error', 'ok')) AS `outcome`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'error.type')] AS `error_type`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'http.response.status_code')]) AS `http_status`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'anthropic.message.stop_reason')] AS `stop_reason`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.refusal.category')] AS `refusal_category`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.attempts')]) AS `attempts`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.attempts.failed')]) AS `failed_attempts`,
    JSONExtract(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.attempts.statuses')], 'Array(String)') AS `attempt_statuses`,
    toFloat64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.retry.wait')]) AS `retry_wait_s`,
    toFloat64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.retry.after')]) AS `retry_after_s`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.rate_limit.name')] AS `rate_limit`,
    toFloat64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.rate_limit.remaining_ratio')]) AS `rate_limit_remaining_ratio`,
    toFloat64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.response.time_to_first_chunk')]) AS `ttft_s`,
    if(toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.prompt_tokens')])) >= ifNull(toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read_input_tokens')])), 0) + ifNull(toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_write.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_write.input_tokens')], if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation_input_tokens')]))), 0), toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.prompt_tokens')])) - (ifNull(toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read_input_tokens')])), 0) + ifNull(toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_write.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_write.input_tokens')], if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation_input_tokens')]))), 0)), toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.prompt_tokens')]))) AS `input_tokens`,
    toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_read_input_tokens')])) AS `cache_read_tokens`,
    toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_write.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_write.input_tokens')], if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation.input_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation.input_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.cache_creation_input_tokens')]))) AS `cache_write_tokens`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens')]) AS `cache_write_1h_tokens`,
    toUInt64OrNull(if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.output_tokens')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.output_tokens')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.completion_tokens')])) AS `output_tokens`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.usage.reasoning.output_tokens')]) AS `thinking_tokens`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.usage.web_search_requests')]) AS `web_search_requests`,
    toUInt64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.usage.iterations')]) AS `iterations`,
    toFloat64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.cost.usd')]) AS `cost_usd`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.cost.source')] AS `price_source`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.cost.unpriced_reason')] AS `unpriced_reason`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'anthropic.response.service_tier')] AS `service_tier`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.speed')] AS `speed`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.inference_geo')] AS `inference_geo`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'anthropic.request.id')] AS `request_id`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.response.id')] AS `response_id`,
    JSONExtract(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.tool.names')], 'Array(String)') AS `tool_names`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.error.message')] AS `error_message`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.batch.id')] AS `batch_id`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.batch.custom_id')] AS `custom_id`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.duplicates.span_id')] AS `duplicates_span_id`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.duplicates.scope')] AS `duplicates_scope`,
    ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.name')] AS `service`,
    if(ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')] != '', ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment')]) AS `environment`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.release')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.release')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.version')]) AS `release`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.feature')] AS `feature`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.name')] AS `task`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'user.id')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'user.id')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'enduser.id')]) AS `user_id`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'session.id')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'session.id')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.conversation.id')]) AS `session_id`
FROM otel_traces
WHERE SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.operation.name')] IN ('chat', 'count_tokens', 'text_completion', 'generate_content', 'batch_result', 'agent_usage', 'other');

CREATE MATERIALIZED VIEW IF NOT EXISTS tool_call_rows TO tool_calls AS
SELECT
    Timestamp AS `time`,
    TraceId AS `trace_id`,
    SpanId AS `span_id`,
    ParentSpanId AS `parent_span_id`,
    Duration / 1e9 AS `duration_s`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.tool.name')] AS `tool`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.outcome')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.outcome')], if(StatusCode = 'Error', 'error', 'ok')) AS `outcome`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'error.type')] AS `error_type`,
    ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.name')] AS `service`,
    if(ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')] != '', ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment')]) AS `environment`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.release')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.release')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.version')]) AS `release`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.feature')] AS `feature`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.name')] AS `task`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'user.id')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'user.id')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'enduser.id')]) AS `user_id`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'session.id')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'session.id')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.conversation.id')]) AS `session_id`
FROM otel_traces
WHERE SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.operation.name')] IN ('execute_tool');

CREATE MATERIALIZED VIEW IF NOT EXISTS task_rows TO outcomes AS
SELECT
    Timestamp AS `time`,
    TraceId AS `trace_id`,
    SpanId AS `span_id`,
    'task' AS `kind`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.name')] AS `name`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.outcome')] AS `label`,
    toFloat64OrNull(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.score')]) AS `score`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.reason')] AS `comment`,
    '' AS `response_id`,
    ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.name')] AS `service`,
    if(ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')] != '', ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment')]) AS `environment`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.release')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.release')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.version')]) AS `release`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.feature')] AS `feature`,
    SpanAttributes.values[indexOf(SpanAttributes.keys, 'kansoku.task.name')] AS `task`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'user.id')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'user.id')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'enduser.id')]) AS `user_id`,
    if(SpanAttributes.values[indexOf(SpanAttributes.keys, 'session.id')] != '', SpanAttributes.values[indexOf(SpanAttributes.keys, 'session.id')], SpanAttributes.values[indexOf(SpanAttributes.keys, 'gen_ai.conversation.id')]) AS `session_id`
FROM otel_traces
WHERE mapContains(SpanAttributes, 'kansoku.task.outcome');

CREATE MATERIALIZED VIEW IF NOT EXISTS feedback_rows TO outcomes AS
SELECT
    Timestamp AS `time`,
    TraceId AS `trace_id`,
    SpanId AS `span_id`,
    'feedback' AS `kind`,
    '' AS `name`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.feedback.rating')] AS `label`,
    toFloat64OrNull(LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.feedback.score')]) AS `score`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.feedback.comment')] AS `comment`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.response.id')] AS `response_id`,
    ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.name')] AS `service`,
    if(ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')] != '', ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment')]) AS `environment`,
    if(LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.release')] != '', LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.release')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.version')]) AS `release`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.feature')] AS `feature`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.task.name')] AS `task`,
    if(LogAttributes.values[indexOf(LogAttributes.keys, 'user.id')] != '', LogAttributes.values[indexOf(LogAttributes.keys, 'user.id')], LogAttributes.values[indexOf(LogAttributes.keys, 'enduser.id')]) AS `user_id`,
    if(LogAttributes.values[indexOf(LogAttributes.keys, 'session.id')] != '', LogAttributes.values[indexOf(LogAttributes.keys, 'session.id')], LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.conversation.id')]) AS `session_id`
FROM otel_logs
WHERE EventName = 'kansoku.feedback' OR LogAttributes.values[indexOf(LogAttributes.keys, 'event.name')] = 'kansoku.feedback';

CREATE MATERIALIZED VIEW IF NOT EXISTS evaluation_rows TO outcomes AS
SELECT
    Timestamp AS `time`,
    TraceId AS `trace_id`,
    SpanId AS `span_id`,
    'evaluation' AS `kind`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.evaluation.name')] AS `name`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.evaluation.score.label')] AS `label`,
    toFloat64OrNull(LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.evaluation.score.value')]) AS `score`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.evaluation.explanation')] AS `comment`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.response.id')] AS `response_id`,
    ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.name')] AS `service`,
    if(ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')] != '', ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment.name')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'deployment.environment')]) AS `environment`,
    if(LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.release')] != '', LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.release')], ResourceAttributes.values[indexOf(ResourceAttributes.keys, 'service.version')]) AS `release`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.feature')] AS `feature`,
    LogAttributes.values[indexOf(LogAttributes.keys, 'kansoku.task.name')] AS `task`,
    if(LogAttributes.values[indexOf(LogAttributes.keys, 'user.id')] != '', LogAttributes.values[indexOf(LogAttributes.keys, 'user.id')], LogAttributes.values[indexOf(LogAttributes.keys, 'enduser.id')]) AS `user_id`,
    if(LogAttributes.values[indexOf(LogAttributes.keys, 'session.id')] != '', LogAttributes.values[indexOf(LogAttributes.keys, 'session.id')], LogAttributes.values[indexOf(LogAttributes.keys, 'gen_ai.conversation.id')]) AS `session_id`
FROM otel_logs
WHERE EventName = 'gen_ai.evaluation.result' OR LogAttributes.values[indexOf(LogAttributes.keys, 'event.name')] = 'gen_ai.evaluation.result';
