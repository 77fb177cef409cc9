#ifndef ENC_AUDIT_AUDIT_EVENT_H
#define ENC_AUDIT_AUDIT_EVENT_H

/*
 * What can be told in the audit log: one row per type, with the members of its
 * data in their order. An event is composed member by member:
 *
 *	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(EGRESS_DENIED);
 *
 *	enc_audit_put_text(&event, "host", host.bytes, host.length);
 *	enc_audit_put_string(&event, "ip", "169.254.169.254");
 *	enc_audit_put_int(&event, "port", 80);
 *	...
 *	code = enc_audit_chain_append(&chain, &event, wall_ms, &line, &err);
 *
 * A member that the row doesn't have, that comes out of order or twice, or a
 * required one that is missing, is our bug and dies at once. What comes from
 * outside can only make it too long: then the append fails with ENC_LIMIT.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	ENC_AUDIT_DATA_MAX_BYTES = 15 * 1024, /* of one event, as JSON */
	/* Of one text, before escaping: any host, any name that the API takes.
	 */
	ENC_AUDIT_STRING_MAX_BYTES = 1024,
	ENC_AUDIT_MEMBER_MAX = 12, /* of one event */
};

/*
 * One row is the whole truth about a type. Rows stand in the order in which a
 * session tells them. Events with `true` are of the admin log. NEED and MAY are
 * members of the data, in their order.
 *
 *   X(name, name on the wire, of the admin log, members)
 */
/* clang-format off */
#define ENC_AUDIT_TYPES(X)						\
	X(SESSION_CREATED, "session_created", false,			\
	  NEED("language"), NEED("backend"), MAY("environment"),	\
	  MAY("createdBy"), MAY("limits"), MAY("egress"))		\
	X(CLONE_STARTED, "clone_started", false,			\
	  MAY("repo"))							\
	X(CLONE_COMPLETED, "clone_completed", false,			\
	  NEED("private"))						\
	X(SANDBOX_STARTED, "sandbox_started", false,			\
	  NEED("isolation"), NEED("selfCheck"))				\
	X(TURN_STARTED, "turn_started", false,				\
	  NEED("turn"))							\
	X(TURN_COMPLETED, "turn_completed", false,			\
	  NEED("turn"), MAY("status"))					\
	X(EGRESS_ALLOWED, "egress_allowed", false,			\
	  NEED("host"), NEED("ip"), NEED("port"), NEED("proto"),	\
	  NEED("via"), NEED("rule"), NEED("count"))			\
	X(EGRESS_DENIED, "egress_denied", false,			\
	  NEED("host"), NEED("ip"), NEED("port"), NEED("proto"),	\
	  NEED("via"), NEED("rule"), NEED("count"))			\
	X(BINDING_INVOKED, "binding_invoked", false,			\
	  NEED("binding"), NEED("method"), NEED("path"),		\
	  NEED("status"), NEED("bytes"), NEED("count"))			\
	X(BINDING_DENIED, "binding_denied", false,			\
	  NEED("reason"), MAY("binding"), MAY("method"), MAY("path"),	\
	  MAY("count"))							\
	X(SECRET_REDACTED, "secret_redacted", false,			\
	  NEED("binding"), NEED("where"), NEED("count"))		\
	X(GIT_FETCHED, "git_fetched", false,				\
	  NEED("upstream"), MAY("refs"))				\
	X(GIT_PUSH_ALLOWED, "git_push_allowed", false,			\
	  NEED("ref"), NEED("rule"), NEED("path"))			\
	X(GIT_PUSH_DENIED, "git_push_denied", false,			\
	  NEED("ref"), NEED("rule"), NEED("path"))			\
	X(SYSCALL_DENIED, "syscall_denied", false,			\
	  NEED("name"), NEED("count"))					\
	X(FLOWS_LIMITED, "flows_limited", false,			\
	  NEED("count"))						\
	X(QUOTA_KILL, "quota_kill", false,				\
	  NEED("reason"), NEED("counter"), NEED("limit"))		\
	X(OUTPUT_TRUNCATED, "output_truncated", false,			\
	  NEED("stream"), NEED("dropped"))				\
	X(ARTIFACT_REJECTED, "artifact_rejected", false,		\
	  MAY("path"), MAY("reason"))					\
	X(RESULT_REJECTED, "result_rejected", false,			\
	  NEED("reason"))						\
	X(RESULT_COLLECTED, "result_collected", false,			\
	  MAY("bytes"), MAY("sha256"))					\
	X(WORKLOAD_EXITED, "workload_exited", false,			\
	  NEED("exitCode"), NEED("signal"))				\
	X(USAGE_METERED, "usage_metered", false,			\
	  MAY("durationMs"), MAY("cpuMs"), MAY("memoryPeakBytes"),	\
	  MAY("pidsPeak"), MAY("egressAttempts"),			\
	  MAY("egressAllowed"), MAY("egressDenied"),			\
	  MAY("syscallsDenied"), MAY("stdoutBytes"),			\
	  MAY("stderrBytes"), MAY("eventsSuppressed"))			\
	X(SESSION_TORN_DOWN, "session_torn_down", false,		\
	  MAY("reason"))						\
	X(SESSION_SEALED, "session_sealed", false,			\
	  NEED("count"), NEED("outcome"), MAY("tally"))			\
	X(AUTH_FAILED, "auth_failed", true,				\
	  NEED("reason"), MAY("key"), MAY("peer"), MAY("count"))	\
	X(ORPHAN_REAPED, "orphan_reaped", true,				\
	  MAY("orgId"), MAY("session"), MAY("kind"), MAY("name"))	\
	X(ORG_CREATED, "org_created", true,				\
	  NEED("orgId"), MAY("name"), MAY("by"))			\
	X(QUOTA_SET, "quota_set", true,					\
	  NEED("orgId"), NEED("running"), NEED("waiting"),		\
	  NEED("storedBytes"), MAY("by"))				\
	X(KEY_CREATED, "key_created", true,				\
	  NEED("orgId"), NEED("key"), NEED("scopes"), MAY("name"),	\
	  MAY("by"))							\
	X(KEY_REVOKED, "key_revoked", true,				\
	  NEED("orgId"), NEED("key"), MAY("by"))			\
	X(BINDING_CREATED, "binding_created", true,			\
	  NEED("orgId"), NEED("binding"), MAY("by"))			\
	X(BINDING_CHANGED, "binding_changed", true,			\
	  NEED("orgId"), NEED("binding"), MAY("what"), MAY("by"))	\
	X(BINDING_DELETED, "binding_deleted", true,			\
	  NEED("orgId"), NEED("binding"), MAY("by"))
/* clang-format on */

enum enc_audit_type {
	ENC_AUDIT_INVALID,
#define X(name, ...) ENC_AUDIT_##name,
	ENC_AUDIT_TYPES(X)
#undef X
		ENC_AUDIT_TYPE_MAX,
};

struct enc_audit_member {
	const char *name;
	bool optional;
};

struct enc_audit_type_row {
	const char *name; /* on the wire */
	bool admin;	  /* belongs to the admin log, not to a session */
	struct enc_audit_member
		members[ENC_AUDIT_MEMBER_MAX + 1]; /* NULL ends */
};

/* enc_audit_type_info() - the row of a type but INVALID; static */
const struct enc_audit_type_row *enc_audit_type_info(enum enc_audit_type type);

/* Made by ENC_AUDIT_EVENT(); the members are for the functions below. */
struct enc_audit_event {
	enum enc_audit_type type;
	size_t next_member; /* of the row: what may come now */
	int failure;	    /* of the first put that did not fit */
	struct enc_buf data;
};

#define ENC_AUDIT_EVENT(name)             \
	((struct enc_audit_event){        \
		.type = ENC_AUDIT_##name, \
		.data = { .max_bytes = ENC_AUDIT_DATA_MAX_BYTES } })

/* enc_audit_event_named() - the same by the name of its type, which exists */
struct enc_audit_event enc_audit_event_named(const char *name);

/* enc_audit_event_done() - release it, appended or not */
void enc_audit_event_done(struct enc_audit_event *event);

/*
 * enc_audit_put_text() - bytes from anywhere: cut to 256, escaped to ASCII,
 * what is not UTF-8 replaced; never a secret
 */
void enc_audit_put_text(struct enc_audit_event *event, const char *name,
			const void *bytes, size_t length);

/* enc_audit_put_string() - the same of a C string; NULL becomes null */
void enc_audit_put_string(struct enc_audit_event *event, const char *name,
			  const char *text);

/* enc_audit_put_int() - magnitude below 2^53; a larger one is held there */
void enc_audit_put_int(struct enc_audit_event *event, const char *name,
		       int64_t value);

/* enc_audit_put_count() - one that may come from another process */
void enc_audit_put_count(struct enc_audit_event *event, const char *name,
			 uint64_t count);

void enc_audit_put_bool(struct enc_audit_event *event, const char *name,
			bool value);

void enc_audit_put_null(struct enc_audit_event *event, const char *name);

/*
 * enc_audit_put_json() - a value that our code wrote: canonical as in
 * docs/protocol/audit.md (ASCII, integers, no space), else it is our bug
 */
void enc_audit_put_json(struct enc_audit_event *event, const char *name,
			const char *json);

/**
 * enc_audit_event_finish() - check and close the data; put nothing after it
 * @ret_data: the object's text, lies in @event
 *
 * For the chain and the store. Return: 0; -E2BIG, and then the event is lost
 */
ENC_NODISCARD int enc_audit_event_finish(struct enc_audit_event *event,
					 const char **ret_data,
					 size_t *ret_length);

#endif
