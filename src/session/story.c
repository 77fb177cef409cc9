#include <assert.h>
#include <netinet/in.h>

#include "clock.h"
#include "egress.h"
#include "live.h"
#include "number.h"
#include "probe.h"
#include "sha256.h"
#include "syscall_name.h"

enum { US_PER_MS = 1000 };

/* put_egress() - put the member `egress`: mode and rules of the session */
static void put_egress(struct enc_audit_event *event,
		       const struct enc_session *session)
{
	ENC_AUTO(buf) egress = ENC_BUF(ENC_ALLOWLIST_TOLD_MAX_BYTES + 64);

	enc_allowlist_write_told(session->spec->record.allowlist, &egress);
	ENC_MUST(enc_buf_append(&egress, "", 1));
	enc_audit_put_json(event, "egress",
			   (const char *)enc_buf_bytes(&egress));
}

static void put_bindings(struct enc_audit_event *event,
			 const struct enc_session *session)
{
	ENC_AUTO(buf) names = ENC_BUF(ENC_AUDIT_DATA_MAX_BYTES);

	enc_record_write_bindings(&session->spec->record, &names);
	ENC_MUST(enc_buf_append(&names, "", 1));
	enc_audit_put_json(event, "serviceBindings",
			   (const char *)enc_buf_bytes(&names));
}

void enc_story_created(struct enc_live *live)
{
	const struct enc_session *session = &live->session;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_CREATED);
	ENC_AUTO(buf) limits = ENC_BUF(4096);

	ENC_MUST(enc_limits_write_log(&session->spec->record.limits, &limits));
	ENC_MUST(enc_buf_append(&limits, "", 1));
	enc_audit_put_string(&event, "language",
			     enc_language_name(session->spec->record.language));
	enc_audit_put_string(&event, "backend", session->backend);
	enc_audit_put_string(&event, "environment", session->environment.name);
	enc_audit_put_string(&event, "createdBy",
			     session->spec->record.created_by);
	enc_audit_put_json(&event, "limits",
			   (const char *)enc_buf_bytes(&limits));
	put_egress(&event, session);
	if (session->spec->record.binding_count > 0) {
		put_bindings(&event, session);
	}
	enc_live_tell(live, &event);
}

void enc_story_replaced(struct enc_live *live, const char *by)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(EGRESS_REPLACED);

	put_egress(&event, &live->session);
	enc_audit_put_string(&event, "by", by);
	enc_live_tell(live, &event);
}

void enc_story_kept(struct enc_live *live, const char *by, const char *why)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(EGRESS_KEPT);

	enc_audit_put_string(&event, "reason", why);
	enc_audit_put_string(&event, "by", by);
	enc_live_tell(live, &event);
}

void enc_story_started(struct enc_live *live)
{
	const struct enc_session *session = &live->session;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SANDBOX_STARTED);
	char check[64] = "null";

	enc_audit_put_string(&event, "isolation",
			     enc_isolation_name(session->isolation));
	if (session->facts.self_checked) {
		(void)snprintf(
			check, sizeof(check), "{\"tried\":%d,\"missed\":0}",
			__builtin_popcountll(session->facts.self_check.tried));
	}
	enc_audit_put_json(&event, "selfCheck", check);
	enc_live_tell(live, &event);
}

static_assert((int)ENC_MESSAGE_HOST_MAX_BYTES <=
		      (int)ENC_AUDIT_STRING_MAX_BYTES,
	      "a name that no line holds");

/*
 * note_logged() - count an EGRESS or CALL report, and that it is in the log
 *
 * If there was no room for the line of an allowed attempt, the second count
 * stays, so the gate never lets that connection go on, nor a later one.
 */
static void note_logged(struct enc_live *live, bool allowed, bool has_line)
{
	bool gap = live->egress_logged < live->egress_heard;

	live->egress_heard++;
	if (!gap && (has_line || !allowed)) {
		live->egress_logged = live->egress_heard;
	}
}

static void tell_egress(struct enc_live *live,
			const struct enc_message_egress *egress)
{
	ENC_AUTO(audit_event) denied = ENC_AUDIT_EVENT(EGRESS_DENIED);
	ENC_AUTO(audit_event) allowed = ENC_AUDIT_EVENT(EGRESS_ALLOWED);
	struct enc_audit_event *event =
		egress->verdict == ENC_VERDICT_ALLOW ? &allowed : &denied;
	static const uint8_t none[sizeof(egress->addr)];
	char address[ENC_EGRESS_ADDRESS_BYTES];
	char proto[16];

	enc_egress_address(egress->addr, address);
	(void)snprintf(proto, sizeof(proto), "%u", egress->protocol);
	live->session.egress_attempts =
		enc_number_add(live->session.egress_attempts, egress->count);
	enc_audit_put_text(event, "host", egress->host.bytes,
			   egress->host.length);
	/* A DNS query is no attempt to reach an address, so it has none. */
	enc_audit_put_string(event, "ip",
			     egress->via == ENC_VIA_DNS &&
					     memcmp(egress->addr, none,
						    sizeof(none)) == 0
				     ? NULL
				     : address);
	enc_audit_put_int(event, "port", egress->port);
	enc_audit_put_string(event, "proto",
			     egress->protocol == IPPROTO_TCP   ? "tcp"
			     : egress->protocol == IPPROTO_UDP ? "udp"
			     : egress->protocol == IPPROTO_ICMP ||
					     egress->protocol == IPPROTO_ICMPV6
				     ? "icmp"
				     : proto);
	enc_audit_put_string(event, "via", enc_via_name(egress->via));
	enc_audit_put_text(event, "rule", egress->rule.bytes,
			   egress->rule.length);
	note_logged(live, egress->verdict == ENC_VERDICT_ALLOW,
		    enc_live_tell_attempt(live, event, -1, egress->count));
}

/*
 * tell_call() - log calls of a binding. The first call of a kind waits for its
 * line, which has count 0
 */
static void tell_call(struct enc_live *live,
		      const struct enc_message_call *call)
{
	ENC_AUTO(audit_event) denied = ENC_AUDIT_EVENT(BINDING_DENIED);
	ENC_AUTO(audit_event) invoked = ENC_AUDIT_EVENT(BINDING_INVOKED);
	bool granted = call->reason == ENC_CALL_GRANTED;
	struct enc_audit_event *event = granted ? &invoked : &denied;
	uint64_t *sum = granted ? &live->calls_invoked : &live->calls_denied;

	*sum = enc_number_add(*sum, call->count);
	if (!granted) {
		enc_audit_put_string(event, "reason",
				     enc_call_reason_name(call->reason));
	}
	enc_audit_put_text(event, "binding", call->binding.bytes,
			   call->binding.length);
	enc_audit_put_text(event, "method", call->method.bytes,
			   call->method.length);
	enc_audit_put_text(event, "path", call->path.bytes, call->path.length);
	if (granted) {
		enc_audit_put_int(event, "status", call->status);
	}
	note_logged(live, granted && call->count == 0,
		    enc_live_tell_attempt(
			    live, event,
			    granted ? (int64_t)ENC_MIN(call->bytes,
						       (uint64_t)INT64_MAX)
				    : -1,
			    call->count));
}

static void tell_redacted(struct enc_live *live,
			  const struct enc_message_redacted *redacted)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SECRET_REDACTED);

	enc_audit_put_text(&event, "binding", redacted->binding.bytes,
			   redacted->binding.length);
	enc_audit_put_string(&event, "where",
			     enc_redacted_name(redacted->where));
	(void)enc_live_tell_attempt(live, &event, -1, redacted->count);
}

static void tell_syscall(struct enc_live *live,
			 const struct enc_message_syscall *call)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SYSCALL_DENIED);
	char name[ENC_SYSCALL_NAME_BYTES];

	enc_syscall_name(call->arch, call->number, name);
	enc_audit_put_string(&event, "name", name);
	(void)enc_live_tell_attempt(live, &event, -1, call->count);
}

static void tell_counted(struct enc_live *live,
			 const struct enc_message_counted *counted)
{
	ENC_AUTO(audit_event)
	event = enc_audit_event_named(enc_counted_name(counted->what));

	(void)enc_live_tell_attempt(live, &event, -1, counted->count);
}

static void tell_truncated(struct enc_live *live, enum enc_stream stream,
			   uint64_t dropped)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(OUTPUT_TRUNCATED);
	struct enc_session *session = &live->session;
	/*
	 * The limit may cut a character, and its rest won't come. So its first
	 * bytes are dropped, too.
	 */
	size_t partial = enc_session_log_drop_partial(&session->log, stream);

	session->out_bytes[stream] -= partial;
	dropped = enc_number_add(dropped, partial);
	session->dropped[stream] =
		enc_number_add(session->dropped[stream], dropped);
	enc_audit_put_string(&event, "stream",
			     stream == ENC_STREAM_STDOUT ? "stdout" : "stderr");
	enc_audit_put_count(&event, "dropped", dropped);
	enc_live_tell(live, &event);
}

static void tell_rejected(struct enc_live *live, enum enc_reject_reason reason)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(RESULT_REJECTED);

	enc_audit_put_string(&event, "reason", enc_reject_name(reason));
	enc_live_tell(live, &event);
}

bool enc_story_heard(struct enc_live *live, const struct enc_report *report)
{
	switch (report->kind) {
	case ENC_REPORT_EGRESS:
		tell_egress(live, &report->egress);
		return true;
	case ENC_REPORT_CALL:
		tell_call(live, &report->call);
		return true;
	case ENC_REPORT_REDACTED:
		tell_redacted(live, &report->redacted);
		return true;
	case ENC_REPORT_SYSCALL:
		tell_syscall(live, &report->syscall);
		return true;
	case ENC_REPORT_COUNTED:
		tell_counted(live, &report->counted);
		return true;
	case ENC_REPORT_TRUNCATED:
		tell_truncated(live, report->truncated.stream,
			       report->truncated.dropped);
		return true;
	case ENC_REPORT_REJECTED:
		tell_rejected(live, report->rejected);
		return true;
	case ENC_REPORT_READY:
	case ENC_REPORT_CLAIMED:
	case ENC_REPORT_STARTED:
	case ENC_REPORT_OUTPUT:
	case ENC_REPORT_RESULT:
	case ENC_REPORT_ENDED:
	case ENC_REPORT_GONE:
	case ENC_REPORT_KIND_MAX:
		break;
	}
	return false;
}

static void tell_quota(struct enc_live *live, const struct enc_end *end)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(QUOTA_KILL);

	enc_audit_put_string(&event, "reason", live->session.kill_reason);
	enc_audit_put_count(&event, "counter", end->counter);
	enc_audit_put_count(&event, "limit", end->limit);
	enc_live_tell(live, &event);
}

static void tell_result(struct enc_live *live)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(RESULT_COLLECTED);
	const struct enc_buf *result = &live->session.result;
	char digest[ENC_SHA256_HEX_BYTES];

	enc_sha256_hex(enc_buf_bytes(result), result->length, digest);
	enc_audit_put_count(&event, "bytes", result->length);
	enc_audit_put_string(&event, "sha256", digest);
	enc_live_tell(live, &event);
}

static void tell_exit(struct enc_live *live)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(WORKLOAD_EXITED);

	if (live->session.signal == 0) {
		enc_audit_put_int(&event, "exitCode", live->session.exit_code);
		enc_audit_put_null(&event, "signal");
	} else {
		enc_audit_put_null(&event, "exitCode");
		enc_audit_put_int(&event, "signal", live->session.signal);
	}
	enc_live_tell(live, &event);
}

static void tell_usage(struct enc_live *live, const struct enc_end *end)
{
	const struct enc_session *session = &live->session;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(USAGE_METERED);

	enc_audit_put_int(&event, "durationMs",
			  session->times.launched_us == 0
				  ? 0
				  : (session->times.ended_us -
				     session->times.launched_us) /
					    US_PER_MS);
	if (end->usage.measured) {
		enc_audit_put_count(&event, "cpuMs",
				    end->usage.cpu_us / US_PER_MS);
		enc_audit_put_count(&event, "memoryPeakBytes",
				    end->usage.memory_peak_bytes);
		enc_audit_put_count(&event, "pidsPeak", end->usage.pids_peak);
	}
	enc_audit_put_count(&event, "egressAttempts", session->egress_attempts);
	if (live->calls_invoked > 0 || live->calls_denied > 0) {
		enc_audit_put_count(&event, "bindingInvoked",
				    live->calls_invoked);
		enc_audit_put_count(&event, "bindingDenied",
				    live->calls_denied);
	}
	/*
	 * Without a tally of the gate no sum is written: a wrong one would
	 * contradict the lines of this log.
	 */
	if (end->tallied) {
		enc_audit_put_count(&event, "egressAllowed",
				    end->tally.egress_allowed);
		enc_audit_put_count(&event, "egressDenied",
				    end->tally.egress_denied);
		enc_audit_put_count(&event, "syscallsDenied",
				    end->tally.syscalls_denied);
	}
	enc_audit_put_count(
		&event, "stdoutBytes",
		enc_number_add(session->out_bytes[ENC_STREAM_STDOUT],
			       session->dropped[ENC_STREAM_STDOUT]));
	enc_audit_put_count(
		&event, "stderrBytes",
		enc_number_add(session->out_bytes[ENC_STREAM_STDERR],
			       session->dropped[ENC_STREAM_STDERR]));
	enc_audit_put_count(&event, "eventsSuppressed",
			    session->suppressed_lines);
	enc_live_tell(live, &event);
}

void enc_story_ended(struct enc_live *live, const struct enc_end *end)
{
	if (end->counter_name != NULL && end->counter_name[0] != '\0' &&
	    live->session.kill_reason != NULL) {
		tell_quota(live, end);
	}
	if (live->session.have_result) {
		tell_result(live);
	}
	if (live->session.have_exit) {
		tell_exit(live);
	}
	if (live->session.was_started) {
		tell_usage(live, end);
	}
}

void enc_story_torn_down(struct enc_live *live, const char *reason)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SESSION_TORN_DOWN);

	if (reason != NULL) {
		enc_audit_put_string(&event, "reason", reason);
	}
	enc_live_tell(live, &event);
}
