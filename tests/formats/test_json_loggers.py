"""JSON of the common loggers: text, time, level, trace and category by their names, every other member as it came."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.reading import read_line

CLOCK = Clock(datetime(2024, 3, 2, 12))
T = "2024-03-01T01:02:03.000Z"
MS = "2024-03-01T01:02:03.456Z"
US = "2024-03-01T01:02:03.456789Z"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def read(line: str, clock: Clock = CLOCK) -> Fields:
    fields = read_line(line, clock)
    assert fields is not None
    return fields


def context(line: str) -> Any:
    raw = read(line).context_json()
    return None if raw is None else json.loads(bytes(raw))


# Logger, line, text, level, time, category, and the names of the context.
LOGGERS = [
    ("pino", '{"level":30,"time":1709254923456,"pid":7,"hostname":"w","name":"shop","msg":"m"}', "info", MS, "shop", "pid hostname"),
    ("pino, ISO", '{"level":"warn","time":"2024-03-01T01:02:03.456Z","msg":"m"}', "warning", MS, None, ""),
    ("bunyan", '{"name":"shop","hostname":"w","pid":7,"level":60,"msg":"m","time":"2024-03-01T01:02:03.456Z","v":0}', "critical", MS, "shop", "hostname pid v"),
    ("winston", '{"level":"error","message":"m","timestamp":"2024-03-01 01:02:03","service":"shop"}', "error", T, None, "service"),
    ("winston, coloured", '{"level":"\\u001b[33mwarn\\u001b[39m","message":"m","a":1}', "warning", None, None, "a"),
    ("Monolog", '{"message":"m","context":{"id":42},"level":250,"level_name":"NOTICE","channel":"shop","datetime":"2024-03-01T01:02:03.456789+00:00","extra":{}}', "notice", US, "shop", "id level extra"),
    ("Monolog 1", '{"message":"m","context":[],"level":550,"channel":"shop","datetime":{"date":"2024-03-01 02:02:03.456789","timezone_type":3,"timezone":"Europe/Berlin"}}', "critical", US, "shop", ""),
    ("Monolog, Logstash", '{"@timestamp":"2024-03-01T01:02:03.456789+00:00","@version":1,"host":"w","message":"m","type":"shop","channel":"a","level":"INFO","monolog_level":200}', "info", US, "a", "@version host type monolog_level"),
    ("python-json-logger", '{"asctime":"2024-03-01 01:02:03,456","levelname":"WARNING","name":"a.b","message":"m"}', "warning", MS, "a.b", ""),
    ("Python, LogRecord", '{"created":1709254923.456,"levelno":40,"name":"a.b","msg":"m","lineno":7}', "error", MS, "a.b", "lineno"),
    ("structlog", '{"event":"m","level":"warning","timestamp":"2024-03-01T01:02:03.456789Z","user_id":42}', "warning", US, None, "user_id"),
    ("loguru", '{"text":"x\\n","record":{"level":{"name":"ERROR","no":40},"message":"m","name":"a","time":{"repr":"x","timestamp":1709254923.456}}}', "error", MS, "a", "text record"),
    ("python-logstash", '{"@timestamp":"2024-03-01T01:02:03.456Z","@version":"1","message":"m","host":"w","path":"/x.py","tags":[],"level":"ERROR","logger_name":"a.b"}', "error", MS, "a.b", "@version host path tags"),
    ("Logback", '{"@timestamp":"2024-03-01T02:02:03.456+01:00","message":"m","logger_name":"a.B","thread_name":"main","level":"WARN","level_value":30000}', "warning", MS, "a.B", "thread_name level_value"),
    ("Logback, JsonLayout", '{"timestamp":"2024-03-01 01:02:03.456","level":"ERROR","thread":"main","logger":"a.B","message":"m","context":"default"}', "error", MS, "a.B", "thread context"),
    ("Log4j 2", '{"instant":{"epochSecond":1709254923,"nanoOfSecond":456789000},"thread":"main","level":"FATAL","loggerName":"a.B","message":"m"}', "critical", US, "a.B", "thread"),
    ("Log4j 2, old", '{"timeMillis":1709254923456,"level":"TRACE","loggerName":"a.B","message":"m"}', "debug", MS, "a.B", ""),
    ("JBoss, Quarkus", '{"timestamp":"2024-03-01T01:02:03.456Z","sequence":7,"loggerName":"a.B","level":"INFO","message":"m"}', "info", MS, "a.B", "sequence"),
    ("ECS", '{"@timestamp":"2024-03-01T01:02:03.456Z","log.level":"WARN","message":"m","log.logger":"a.B","service.name":"shop"}', "warning", MS, "a.B", "service.name"),
    ("ECS, nested", '{"@timestamp":"2024-03-01T01:02:03.456Z","log":{"level":"error","logger":"a.B","origin":7},"message":"m"}', "error", MS, "a.B", "log"),
    ("Elasticsearch", '{"type":"server","timestamp":"2024-03-01T01:02:03,456Z","level":"WARN","component":"o.e.X","message":"m"}', "warning", MS, "o.e.X", "type"),
    ("logrus", '{"level":"warning","msg":"m","time":"2024-03-01T02:02:03+01:00","a":1.0}', "warning", T, None, "a"),
    ("zap", '{"level":"dpanic","ts":1709254923.456789,"logger":"a","caller":"x.go:7","msg":"m"}', "critical", US, "a", "caller"),
    ("zap, etcd", '{"level":"warn","ts":"2024-03-01T01:02:03.456789Z","caller":"x.go:7","msg":"m","took":"1ms"}', "warning", US, None, "caller took"),
    ("zerolog", '{"level":"error","error":"x","time":1709254923,"message":"m"}', "error", T, None, "error"),
    ("slog", '{"time":"2024-03-01T01:02:03.456789012Z","level":"WARN","msg":"m","source":{"line":7}}', "warning", US, None, "source"),
    ("slog, between levels", '{"time":"2024-03-01T01:02:03Z","level":"ERROR+2","msg":"m"}', "error", T, None, ""),
    ("hclog", '{"@level":"error","@message":"m","@module":"vault","@timestamp":"2024-03-01T01:02:03.456789Z"}', "error", US, "vault", ""),
    ("log15", '{"lvl":"eror","msg":"m","t":"2024-03-01T01:02:03Z"}', "error", T, None, ""),
    ("klog", '{"ts":1709254923456.789,"caller":"x.go:7","msg":"m","v":0}', None, US, None, "caller v"),
    ("Caddy", '{"level":"info","ts":1709254923.456,"logger":"http.log","msg":"m","status":200}', "info", MS, "http.log", "status"),
    ("CockroachDB", '{"channel":"OPS","timestamp":"1709254923.456789","severity":"INFO","message":"m","tags":{}}', "info", US, "OPS", "tags"),
    ("Traefik", '{"level":"error","msg":"m","time":"2024-03-01T01:02:03Z"}', "error", T, None, ""),
    ("tracing (Rust)", '{"timestamp":"2024-03-01T01:02:03.456789Z","level":"ERROR","fields":{"message":"m","a":1},"target":"a::b"}', "error", US, "a::b", "fields"),
    ("slog-json (Rust)", '{"msg":"m","v":0,"name":"a","level":40,"time":"2024-03-01T01:02:03Z","hostname":"w","pid":7}', "warning", T, "a", "v hostname pid"),
    ("semantic_logger", '{"host":"w","timestamp":"2024-03-01T01:02:03.456789Z","level":"info","level_index":2,"name":"A","message":"m"}', "info", US, "A", "host level_index"),
    ("Sidekiq", '{"ts":"2024-03-01T01:02:03.456Z","pid":7,"tid":"x","lvl":"INFO","msg":"m","ctx":{}}', "info", MS, None, "pid tid ctx"),
    ("GitLab", '{"severity":"ERROR","time":"2024-03-01T01:02:03.456Z","correlation_id":"x","message":"m"}', "error", MS, None, "correlation_id"),
    (".NET", '{"Timestamp":"2024-03-01T01:02:03.456Z","EventId":0,"LogLevel":"Critical","Category":"A.B","Message":"m","State":{"x":1}}', "critical", MS, "A.B", "EventId State"),
    ("Serilog, CLEF", '{"@t":"2024-03-01T01:02:03.4567890Z","@m":"m","@l":"Fatal","@i":"x","SourceContext":"A"}', "critical", US, "A", "@i"),
    ("Serilog, JSON", '{"Timestamp":"2024-03-01T02:02:03.4567890+01:00","Level":"Warning","MessageTemplate":"m","Properties":{"SourceContext":"A"}}', "warning", US, "A", ""),
    ("NLog", '{"time":"2024-03-01 01:02:03.456","level":"ERROR","message":"m","nested":{"a":1}}', "error", MS, None, "nested"),
    ("GELF", '{"version":"1.1","host":"w","short_message":"m","level":4,"timestamp":1709254923.456,"facility":"a","_user":7}', "warning", MS, "a", "version host _user"),
    ("Google Cloud", '{"severity":"WARNING","textPayload":"m","timestamp":"2024-03-01T01:02:03.456789Z"}', "warning", US, None, ""),
    ("Google Cloud, JSON", '{"severity":"NOTICE","jsonPayload":{"message":"m","a":1},"timestamp":"2024-03-01T01:02:03Z"}', "notice", T, None, "jsonPayload"),
    ("OpenTelemetry", '{"severityText":"WARN","body":"m","timeUnixNano":"1709254923456789000","attributes":{"a":1}}', "warning", US, None, "attributes"),
    ("OpenTelemetry, number", '{"severityNumber":17,"body":"m","timeUnixNano":1709254923456789012}', "error", US, None, ""),
    ("Datadog", '{"timestamp":"2024-03-01T01:02:03.456Z","status":"error","message":"m","service":"shop"}', "error", MS, None, "service"),
    ("MongoDB", '{"t":{"$date":"2024-03-01T02:02:03.456+01:00"},"s":"W","c":"NETWORK","id":7,"ctx":"x","msg":"m"}', "warning", MS, "NETWORK", "id ctx"),
    ("MongoDB, debug", '{"t":{"$date":"2024-03-01T01:02:03.456Z"},"s":"D1","c":"STORAGE","id":7,"ctx":"x","msg":"m"}', "debug", MS, "STORAGE", "id ctx"),
    ("Nextcloud", '{"reqId":"x","level":2,"time":"2024-03-01T01:02:03+00:00","message":"m"}', "warning", T, None, "reqId"),
    ("Falco", '{"output":"m","priority":"Warning","rule":"r","time":"2024-03-01T01:02:03.456789012Z"}', "warning", US, None, "rule"),
    ("syslog-ng", '{"PROGRAM":"a","PRIORITY":"err","MESSAGE":"m","ISODATE":"2024-03-01T01:02:03+00:00","HOST":"w"}', "error", T, "a", "HOST"),
    ("nxlog", '{"EventTime":"2024-03-01 01:02:03","Severity":"ERROR","Message":"m","EventID":7}', "error", T, None, "EventID"),
    ("Windows events", '{"TimeCreated":"2024-03-01T01:02:03.4567890Z","Level":2,"ProviderName":"a","EventID":7,"Message":"m"}', "error", US, "a", "EventID"),
    ("Fluent Bit", '{"date":1709254923.456789,"log":"m","stream":"stderr"}', None, US, None, "stream"),
    ("Splunk", '{"time":"1709254923.456","source":"a","event":{"message":"m","severity":"warn","x":1}}', "warning", MS, None, "source event"),
    ("date and time apart", '{"date":"2024-03-01","time":"01:02:03","level":"warn","msg":"m"}', "warning", T, None, ""),
    ("Log4j 2, for Google Cloud", '{"timestampSeconds":1709254923,"timestampNanos":456789000,"severity":"ERROR","message":"m","logger":"a.B"}', "error", US, "a.B", ""),
    ("Logback 1.5", '{"sequenceNumber":0,"timestamp":1709254923456,"level":"INFO","loggerName":"a.B","formattedMessage":"m","message":"{}","arguments":["m"]}', "info", MS, "a.B", "sequenceNumber message arguments"),
    ("zap, short names", '{"L":"WARN","T":"2024-03-01T01:02:03.456Z","N":"a","C":"x.go:7","M":"m"}', "warning", MS, "a", "C"),
    ("NestJS, JSON", '{"level":"log","pid":7,"timestamp":1709254923456,"message":"m","context":"App"}', "info", MS, None, "pid context"),
    ("tslog", '{"0":"m","_meta":{"date":"2024-03-01T01:02:03.456Z","logLevelId":5,"logLevelName":"ERROR","name":"shop"}}', "error", MS, "shop", "_meta"),
    ("lambda-log", '{"_logLevel":"warn","msg":"m","_tags":[]}', "warning", None, None, "_tags"),
    ("SAP cf-logging", '{"written_at":"2024-03-01T01:02:03.456Z","written_ts":1709254923456789000,"msg":"m","logger":"a","level":"ERROR"}', "error", MS, "a", "written_ts"),
    ("PostgreSQL, jsonlog", '{"timestamp":"2024-03-01 01:02:03.456 UTC","pid":7,"error_severity":"LOG","message":"m"}', "info", MS, None, "pid"),
    ("MySQL, JSON", '{"prio":1,"err_code":10926,"time":"2024-03-01T01:02:03.456789Z","label":"Warning","msg":"m"}', "warning", US, None, "prio err_code"),
    ("Azure", '{"time":"2024-03-01T01:02:03.4567890Z","resourceId":"x","category":"A","level":"Error","properties":{"message":"m"}}', "error", US, "A", "resourceId"),
    ("Application Insights", '{"timestamp":"2024-03-01T01:02:03.456Z","message":"m","severityLevel":3}', "error", MS, None, ""),
    ("Windows, Log Analytics", '{"TimeGenerated":"2024-03-01T01:02:03.456Z","EventLevelName":"Error","RenderedDescription":"m","Source":"x"}', "error", MS, None, "Source"),
    ("Kubernetes, events", '{"type":"Warning","reason":"BackOff","involvedObject":{"kind":"Pod"},"message":"m","lastTimestamp":"2024-03-01T01:02:03Z"}', "warning", T, None, "reason involvedObject"),
    ("macOS, JSON", '{"timestamp":"2024-03-01 01:02:03.456789+0000","messageType":"Error","eventMessage":"m","subsystem":"a.b"}', "error", US, "a.b", ""),
    ("glog, JSON", '{"ts":"1709254923","level":"W","msg":"m"}', "warning", T, None, ""),
    ("JavaScript's Date", '{"time":"Fri Mar 01 2024 02:02:03 GMT+0100 (Central European Standard Time)","level":"error","msg":"m"}', "error", T, None, ""),
    ("Java's ZonedDateTime", '{"time":"2024-03-01T01:02:03.456Z[UTC]","level":"error","msg":"m"}', "error", MS, None, ""),
    ("Jackson, a time as a list", '{"time":[2024,3,1,1,2,3,456789000],"level":"error","msg":"m"}', "error", US, None, ""),
    ("Json.NET, an old time", '{"time":"/Date(1709254923456)/","level":"error","msg":"m"}', "error", MS, None, ""),
    ("nanoseconds by name", '{"timestamp_ns":1709254923456789000,"sev":"ERROR","message":"m"}', "error", US, None, ""),
    ("OpenTelemetry, OTLP", '{"timeUnixNano":"1709254923456789000","severityText":"ERROR","body":{"stringValue":"m"}}', "error", US, None, ""),
    ("log as an object", '{"log":{"message":"m","level":"error"},"time":"2024-03-01T01:02:03.456Z"}', "error", MS, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "line", "level", "time", "category", "rest"), LOGGERS, ids=[row[0] for row in LOGGERS]
)
def test_common_loggers_are_read(
    name: str, line: str, level: str | None, time: str | None, category: str | None, rest: str
) -> None:
    fields = read(line)
    assert (fields.message, fields.level, fields.timestamp, fields.category) == ("m", level, time, category)
    assert [member for member, _ in fields.context] == rest.split()


@pytest.mark.parametrize(
    "line",
    [
        f'{{"msg":"m","trace_id":"{TRACE}"}}',
        f'{{"msg":"m","traceId":"{TRACE}"}}',
        f'{{"msg":"m","trace.id":"{TRACE}"}}',
        f'{{"msg":"m","trace":{{"id":"{TRACE}"}}}}',
        f'{{"msg":"m","dd.trace_id":"{TRACE}"}}',
        f'{{"msg":"m","dd":{{"trace_id":"{TRACE}"}}}}',
        f'{{"@t":"2024-03-01T01:02:03Z","@m":"m","@tr":"{TRACE}"}}',
        f'{{"msg":"m","traceparent":"00-{TRACE}-00f067aa0ba902b7-01"}}',
        f'{{"message":"m","severity":"INFO","logging.googleapis.com/trace":"projects/p/traces/{TRACE}"}}',
    ],
)
def test_traces_are_found_under_their_names(line: str) -> None:
    assert read(line).trace_id == TRACE


def test_a_trace_that_does_not_fit_stays_in_the_context() -> None:
    amazon = "Root=1-67891233-abcdef012345678912345678"
    assert context(f'{{"msg":"m","trace_id":"{amazon}"}}') == {"_trace_id": amazon}
    assert context('{"msg":"m","trace_id":1234567890123456789}') == {"_trace_id": 1234567890123456789}
    assert context(f'{{"msg":"m","traceId":"{amazon}"}}') == {"traceId": amazon}
    assert read('{"msg":"m","trace_id":"00000000000000000000000000000000"}').trace_id is None


def test_templates_are_rendered_and_kept() -> None:
    line = '{"@t":"2024-03-01T01:02:03Z","@mt":"order {Id} took {Took:000}","@r":["007"],"Id":42,"Took":7}'
    assert read(line).message == "order 42 took 007"
    assert context(line) == {"@mt": "order {Id} took {Took:000}", "@r": ["007"], "Id": 42, "Took": 7}
    line = '{"Timestamp":"2024-03-01T01:02:03Z","MessageTemplate":"hi {Name}","Properties":{"Name":"anna"}}'
    assert read(line).message == "hi anna"


def test_without_any_text_the_line_itself_is_the_message() -> None:
    line = '{"time_local":"01/Mar/2024:01:02:03 +0000","request":"GET /?level=error","status":500}'
    fields = read(line)
    assert (fields.message, fields.level, fields.timestamp) == (line, None, T)
    assert context(line) == {"request": "GET /?level=error", "status": 500}


def test_values_stay_to_the_letter_and_in_order() -> None:
    line = '{"z":1.0,"msg":"m","a":123456789012345678901234567890,"e":1e3,"t":{"b":[1, 2.50]},"z2":"\\u00e9"}'
    raw = read(line).context_json()
    assert raw is not None
    assert bytes(raw) == b'{"z":1.0,"a":123456789012345678901234567890,"e":1e3,"t":{"b":[1, 2.50]},"z2":"\\u00e9"}'


def test_a_level_that_is_no_exact_one_is_read_and_kept() -> None:
    assert read('{"level":35,"msg":"m","time":1709254923456}').level == "info"
    assert context('{"level":35,"msg":"m"}') == {"level": 35}
    assert context('{"level":"Metadata","msg":"m"}') == {"level": "Metadata"}
    assert context('{"level":true,"msg":"m"}') == {"level": True}


def test_names_that_mean_something_else_are_left_alone() -> None:
    line = '{"name":"Anna","t":21.5,"s":3,"status":404,"msg":"m","time":12.5}'
    fields = read(line)
    assert (fields.category, fields.timestamp, fields.level) == (None, None, None)
    assert context(line) == {"name": "Anna", "t": 21.5, "s": 3, "status": 404, "time": 12.5}


@pytest.mark.parametrize(
    "line",
    [
        '{"message":"m","status":"C"}',
        '{"message":"m","type":"Warning"}',
        '{"message":"m","label":"Warning"}',
        '{"message":"m","L":"ERROR","T":"2024-03-01T01:02:03Z"}',
    ],
)
def test_names_that_anyone_has_count_only_beside_their_neighbours(line: str) -> None:
    fields = read(line)
    assert (fields.message, fields.level, fields.timestamp) == ("m", None, None)
    assert context(line) == {name: value for name, value in json.loads(line).items() if name != "message"}


def test_the_pairs_of_a_journals_text_say_more_than_its_priority() -> None:
    for _ in range(2):
        line = '{"__REALTIME_TIMESTAMP":"1709254923456789","PRIORITY":"6","MESSAGE":"level=error msg=boom a=1"}'
        fields = read(line)
        assert (fields.message, fields.level, fields.timestamp) == ("level=error msg=boom a=1", "error", US)
        assert context(line) == {"a": 1}


def test_a_name_that_the_context_has_already_gets_a_sign() -> None:
    assert context('{"msg":"m","context":{"user":"a"},"user":"b"}') == {"user": "a", "_user": "b"}


def test_nan_and_infinity_are_texts() -> None:
    line = '{"message":"m","a":NaN,"b":-Infinity,"c":[Infinity],"text":"NaN and Infinity"}'
    assert context(line) == {"a": "NaN", "b": "-Infinity", "c": ["Infinity"], "text": "NaN and Infinity"}


def test_a_member_that_nests_too_deeply_is_text_and_the_others_are_not() -> None:
    deep = "[" * 40 + "]" * 40
    assert context(f'{{"msg":"m","deep":{deep},"a":1}}') == {"deep": deep, "a": 1}


def test_journald_is_read_with_its_bytes_and_doubled_fields() -> None:
    line = '{"__REALTIME_TIMESTAMP":"1709254923456789","PRIORITY":"3","MESSAGE":[99,97,102,195,169],"_SYSTEMD_UNIT":"a.service","_PID":"77"}'
    fields = read(line)
    assert (fields.message, fields.level, fields.timestamp, fields.category) == ("café", "error", US, "a.service")
    assert context(line) == {"_PID": "77"}
    fields = read('{"MESSAGE":["one","two"],"PRIORITY":["6","3"],"_SYSTEMD_UNIT":"a.service"}')
    assert (fields.message, fields.level) == ("one\ntwo", "error")
    line = '{"MESSAGE":null,"PRIORITY":"4"}'
    assert (read(line).message, read(line).level, context(line)) == (line, "warning", {"MESSAGE": None})


def test_an_object_inside_a_text_is_read_too() -> None:
    inner = json.dumps({"level": "error", "msg": "boom", "time": "2024-03-01T01:02:03Z", "a": 1})
    for outer in (
        {"log": inner + "\n", "stream": "stderr", "time": "2024-03-01T01:02:04Z"},
        {"message": inner, "x": 2},
    ):
        fields = read(json.dumps(outer))
        assert (fields.message, fields.level, fields.timestamp) == ("boom", "error", T)
        assert context(json.dumps(outer))["a"] == 1


def test_a_message_that_is_no_text_is_its_json() -> None:
    assert read('{"message":{"text":"x", "code":7},"level":"error","y":1}').message == '{"text":"x","code":7}'
    assert read('{"message":5,"y":1}').message == "5"
    assert read('{"message":"","event":"fallback","y":1}').message == "fallback"


def test_a_local_time_is_of_the_sources_zone() -> None:
    berlin = Clock(datetime(2024, 3, 2, 12), zone=ZoneInfo("Europe/Berlin"))
    assert read('{"asctime":"2024-03-01 02:02:03,456","levelname":"INFO","message":"m"}', berlin).timestamp == MS


def test_where_it_comes_from_is_told_for_receivers() -> None:
    fields = read('{"msg":"m","service":{"name":"shop"},"host":{"name":"web-1"}}')
    assert (fields.service, fields.host) == ("shop", "web-1")
    assert context('{"msg":"m","service":"shop","hostname":"web-1"}') == {"service": "shop", "hostname": "web-1"}


@given(
    st.dictionaries(
        st.sampled_from(["message", "msg", "level", "time", "t", "s", "c", "log", "fields", "context", "trace_id", "@mt"])
        | st.text(max_size=5),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "level", "$date", "name", "id"]), inner, max_size=3), max_leaves=6),
        max_size=6,
    )
)  # fmt: skip
def test_any_object_is_read_and_nothing_of_it_is_lost(members: dict[str, Any]) -> None:
    line = json.dumps(members)
    fields = read(line)
    assert fields.level in {"debug", "info", "notice", "warning", "error", "critical", None}
    for text in (value for value in members.values() if isinstance(value, str) and len(value.strip()) > 3):
        said = json.dumps([fields.message, fields.category, fields.trace_id, context(line)], ensure_ascii=False)
        assert json.dumps(text, ensure_ascii=False)[1:-1].strip() in said or fields.level or fields.timestamp
