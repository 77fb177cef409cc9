#include <errno.h>
#include <string.h>

#include "audit_event.h"
#include "audit_internal.h"
#include "json.h"

#define NEED(name_)             \
	{                       \
		.name = (name_) \
	}
#define MAY(name_)                                \
	{                                         \
		.name = (name_), .optional = true \
	}

/* clang-format off */
static const struct enc_audit_type_row infos[ENC_AUDIT_TYPE_MAX] = {
	[ENC_AUDIT_SESSION_CREATED] = {
		"session_created", false,
		{ NEED("language"), NEED("backend"), MAY("environment"),
		  MAY("createdBy"), MAY("limits"), MAY("egress") } },
	[ENC_AUDIT_CLONE_STARTED] = {
		"clone_started", false, { MAY("repo") } },
	[ENC_AUDIT_CLONE_COMPLETED] = {
		"clone_completed", false, { NEED("private") } },
	[ENC_AUDIT_SANDBOX_STARTED] = {
		"sandbox_started", false,
		{ NEED("isolation"), NEED("selfCheck") } },
	[ENC_AUDIT_TURN_STARTED] = {
		"turn_started", false, { NEED("turn") } },
	[ENC_AUDIT_TURN_COMPLETED] = {
		"turn_completed", false, { NEED("turn"), MAY("status") } },
	[ENC_AUDIT_EGRESS_ALLOWED] = {
		"egress_allowed", false,
		{ NEED("host"), NEED("ip"), NEED("port"), NEED("proto"),
		  NEED("via"), NEED("rule"), NEED("count") } },
	[ENC_AUDIT_EGRESS_DENIED] = {
		"egress_denied", false,
		{ NEED("host"), NEED("ip"), NEED("port"), NEED("proto"),
		  NEED("via"), NEED("rule"), NEED("count") } },
	[ENC_AUDIT_BINDING_INVOKED] = {
		"binding_invoked", false,
		{ NEED("binding"), NEED("method"), NEED("path"),
		  NEED("status"), NEED("bytes"), NEED("count") } },
	[ENC_AUDIT_BINDING_DENIED] = {
		"binding_denied", false,
		{ NEED("reason"), MAY("binding"), MAY("method"), MAY("path"),
		  MAY("count") } },
	[ENC_AUDIT_SECRET_REDACTED] = {
		"secret_redacted", false,
		{ NEED("binding"), NEED("where"), NEED("count") } },
	[ENC_AUDIT_GIT_FETCHED] = {
		"git_fetched", false, { NEED("upstream"), MAY("refs") } },
	[ENC_AUDIT_GIT_PUSH_ALLOWED] = {
		"git_push_allowed", false,
		{ NEED("ref"), NEED("rule"), NEED("path") } },
	[ENC_AUDIT_GIT_PUSH_DENIED] = {
		"git_push_denied", false,
		{ NEED("ref"), NEED("rule"), NEED("path") } },
	[ENC_AUDIT_SYSCALL_DENIED] = {
		"syscall_denied", false, { NEED("name"), NEED("count") } },
	[ENC_AUDIT_FLOWS_LIMITED] = {
		"flows_limited", false, { NEED("count") } },
	[ENC_AUDIT_QUOTA_KILL] = {
		"quota_kill", false,
		{ NEED("reason"), NEED("counter"), NEED("limit") } },
	[ENC_AUDIT_OUTPUT_TRUNCATED] = {
		"output_truncated", false,
		{ NEED("stream"), NEED("dropped") } },
	[ENC_AUDIT_ARTIFACT_REJECTED] = {
		"artifact_rejected", false, { MAY("path"), MAY("reason") } },
	[ENC_AUDIT_RESULT_REJECTED] = {
		"result_rejected", false, { NEED("reason") } },
	[ENC_AUDIT_RESULT_COLLECTED] = {
		"result_collected", false, { MAY("bytes"), MAY("sha256") } },
	[ENC_AUDIT_WORKLOAD_EXITED] = {
		"workload_exited", false,
		{ NEED("exitCode"), NEED("signal") } },
	[ENC_AUDIT_USAGE_METERED] = {
		"usage_metered", false,
		{ MAY("durationMs"), MAY("cpuMs"), MAY("memoryPeakBytes"),
		  MAY("pidsPeak"), MAY("egressAttempts"), MAY("egressAllowed"),
		  MAY("egressDenied"), MAY("syscallsDenied"),
		  MAY("stdoutBytes"), MAY("stderrBytes"),
		  MAY("eventsSuppressed") } },
	[ENC_AUDIT_SESSION_TORN_DOWN] = {
		"session_torn_down", false, { MAY("reason") } },
	[ENC_AUDIT_SESSION_SEALED] = {
		"session_sealed", false,
		{ NEED("count"), NEED("outcome"), MAY("tally") } },

	[ENC_AUDIT_AUTH_FAILED] = {
		"auth_failed", true,
		{ NEED("reason"), MAY("key"), MAY("peer"), MAY("count") } },
	[ENC_AUDIT_ORPHAN_REAPED] = {
		"orphan_reaped", true,
		{ MAY("orgId"), MAY("session"), MAY("kind"), MAY("name") } },
	[ENC_AUDIT_ORG_CREATED] = {
		"org_created", true, { NEED("orgId"), MAY("name"), MAY("by") } },
	[ENC_AUDIT_KEY_CREATED] = {
		"key_created", true,
		{ NEED("orgId"), NEED("key"), NEED("scopes"), MAY("name"),
		  MAY("by") } },
	[ENC_AUDIT_KEY_REVOKED] = {
		"key_revoked", true,
		{ NEED("orgId"), NEED("key"), MAY("by") } },
	[ENC_AUDIT_BINDING_CREATED] = {
		"binding_created", true,
		{ NEED("orgId"), NEED("binding"), MAY("by") } },
	[ENC_AUDIT_BINDING_CHANGED] = {
		"binding_changed", true,
		{ NEED("orgId"), NEED("binding"), MAY("what"), MAY("by") } },
	[ENC_AUDIT_BINDING_DELETED] = {
		"binding_deleted", true,
		{ NEED("orgId"), NEED("binding"), MAY("by") } },
};
/* clang-format on */

struct enc_audit_event enc_audit_event_named(const char *name)
{
	struct enc_audit_event event = ENC_AUDIT_EVENT(INVALID);

	for (int i = 1; i < ENC_AUDIT_TYPE_MAX; i++) {
		if (strcmp(infos[i].name, name) == 0) {
			event.type = (enum enc_audit_type)i;
		}
	}
	ENC_ASSERT(event.type != ENC_AUDIT_INVALID);
	return event;
}

const struct enc_audit_type_row *enc_audit_type_info(enum enc_audit_type type)
{
	ENC_ASSERT(type > ENC_AUDIT_INVALID && type < ENC_AUDIT_TYPE_MAX);
	return &infos[type];
}

void enc_audit_event_done(struct enc_audit_event *event)
{
	enc_buf_done(&event->data);
}

/* note() - keep the first failure: half an event must not be appended */
static void note(struct enc_audit_event *event, int r)
{
	if (event->failure == 0 && r < 0) {
		event->failure = r;
	}
}

/* pass_to() - go on to a member of the row; skipping a required one is a bug */
static void pass_to(struct enc_audit_event *event, const char *name)
{
	const struct enc_audit_member *members =
		enc_audit_type_info(event->type)->members;
	size_t i = event->next_member;

	while (members[i].name != NULL &&
	       (name == NULL || strcmp(members[i].name, name) != 0)) {
		ENC_ASSERT(members[i].optional);
		i++;
	}
	ENC_ASSERT(name == NULL || members[i].name != NULL);
	event->next_member = name == NULL ? i : i + 1;
}

/* begin() - everything of a member but its value */
static void begin(struct enc_audit_event *event, const char *name)
{
	pass_to(event, name);
	note(event, enc_buf_printf(&event->data, "%c\"%s\":",
				   event->data.length == 0 ? '{' : ',', name));
}

void enc_audit_put_text(struct enc_audit_event *event, const char *name,
			const void *bytes, size_t length)
{
	begin(event, name);
	note(event, enc_json_string_cut(&event->data, bytes, length,
					ENC_AUDIT_STRING_MAX_BYTES));
}

void enc_audit_put_string(struct enc_audit_event *event, const char *name,
			  const char *text)
{
	if (text == NULL) {
		enc_audit_put_null(event, name);
	} else {
		enc_audit_put_text(event, name, text, strlen(text));
	}
}

void enc_audit_put_int(struct enc_audit_event *event, const char *name,
		       int64_t value)
{
	const int64_t most = (int64_t)ENC_AUDIT_INT_MAX;

	begin(event, name);
	if (value > most) {
		value = most;
	} else if (value < -most) {
		value = -most;
	}
	note(event, enc_buf_printf(&event->data, "%lld", (long long)value));
}

void enc_audit_put_bool(struct enc_audit_event *event, const char *name,
			bool value)
{
	begin(event, name);
	note(event,
	     enc_buf_printf(&event->data, "%s", value ? "true" : "false"));
}

void enc_audit_put_null(struct enc_audit_event *event, const char *name)
{
	begin(event, name);
	note(event, enc_buf_append(&event->data, "null", 4));
}

void enc_audit_put_json(struct enc_audit_event *event, const char *name,
			const char *json)
{
	size_t length = strlen(json);

	ENC_ASSERT(enc_audit_canonical(json, length, NULL));
	begin(event, name);
	note(event, enc_buf_append(&event->data, json, length));
}

int enc_audit_event_finish(struct enc_audit_event *event, const char **ret_data,
			   size_t *ret_length)
{
	pass_to(event, NULL);
	note(event, enc_buf_printf(&event->data, "%s",
				   event->data.length == 0 ? "{}" : "}"));
	if (event->failure < 0) {
		return event->failure;
	}
	*ret_data = (const char *)enc_buf_bytes(&event->data);
	*ret_length = event->data.length;
	return 0;
}
