#ifndef ENC_AUDIT_AUDIT_EVENT_H
#define ENC_AUDIT_AUDIT_EVENT_H

/*
 * The events of the audit log: one row per type, which lists the members of its
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
 * It is a bug, and aborts at once, to put a member that the row doesn't have,
 * to put members out of order or twice, or to leave out a required member.
 * Input from outside can only make an event too long. Then the append fails
 * with ENC_LIMIT.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	ENC_AUDIT_DATA_MAX_BYTES = 15 * 1024, /* data of one event, as JSON */
	/*
	 * Limit of one text, before escaping; longer than any host or name that
	 * the API accepts.
	 */
	ENC_AUDIT_STRING_MAX_BYTES = 1024,
	ENC_AUDIT_MEMBER_MAX = 16, /* limit of the members of one event */
};

/*
 * The types of events, in the order in which a session writes them. NEED marks
 * a required member, MAY an optional one; members are in the order of the data.
 *
 *   X(name, name in a line, belongs to the admin log, members)
 */
/* clang-format off */
#define ENC_AUDIT_TYPES(X)						\
	X(SESSION_CREATED, "session_created", false,			\
	  NEED("language"), NEED("backend"), MAY("environment"),	\
	  MAY("createdBy"), MAY("limits"), MAY("egress"),		\
	  MAY("serviceBindings"))					\
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
	X(FLOWS_CUT, "flows_cut", false,			\
	  NEED("count"))						\
	X(FLOWS_IDLE, "flows_idle", false,			\
	  NEED("count"))						\
	X(EGRESS_REPLACED, "egress_replaced", false,			\
	  NEED("egress"), NEED("by"))					\
	X(EGRESS_KEPT, "egress_kept", false,				\
	  NEED("reason"), NEED("by"))					\
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
	  MAY("bindingInvoked"), MAY("bindingDenied"),			\
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
	X(SESSION_REMOVED, "session_removed", true,			\
	  NEED("orgId"), NEED("session"), NEED("head"),			\
	  NEED("createdAt"), MAY("by"))					\
	X(BINDING_CREATED, "binding_created", true,			\
	  NEED("orgId"), NEED("binding"), MAY("name"), MAY("by"))	\
	X(BINDING_CHANGED, "binding_changed", true,			\
	  NEED("orgId"), NEED("binding"), MAY("name"), MAY("what"),	\
	  MAY("by"))	\
	X(BINDING_DELETED, "binding_deleted", true,			\
	  NEED("orgId"), NEED("binding"), MAY("name"), MAY("by"))
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
	const char *name; /* name of the event type in audit lines */
	/*
	 * Events of this type belong to the admin log, not to a session's log.
	 */
	bool admin;
	struct enc_audit_member
		/* A NULL name ends the list. */
		members[ENC_AUDIT_MEMBER_MAX + 1];
};

/* enc_audit_type_info() - return the row of a type except INVALID; static */
const struct enc_audit_type_row *enc_audit_type_info(enum enc_audit_type type);

/*
 * An event that is being composed. It is made by ENC_AUDIT_EVENT(); only the
 * functions below use its members.
 */
struct enc_audit_event {
	enum enc_audit_type type;
	size_t next_member; /* index of the next allowed member in the row */
	int failure;	    /* failure of the first put that didn't fit, or 0 */
	struct enc_buf data;
};

#define ENC_AUDIT_EVENT(name)             \
	((struct enc_audit_event){        \
		.type = ENC_AUDIT_##name, \
		.data = { .max_bytes = ENC_AUDIT_DATA_MAX_BYTES } })

/*
 * enc_audit_event_named() - make an event by the name of its type, which must
 * exist
 */
struct enc_audit_event enc_audit_event_named(const char *name);

/*
 * enc_audit_event_done() - free what the event owns, whether it was appended or
 * not
 */
void enc_audit_event_done(struct enc_audit_event *event);

/*
 * enc_audit_put_text() - put a text of any origin, but never a secret. The text
 * is cut at ENC_AUDIT_STRING_MAX_BYTES and escaped to ASCII; invalid UTF-8 is
 * replaced.
 */
void enc_audit_put_text(struct enc_audit_event *event, const char *name,
			const void *bytes, size_t length);

/*
 * enc_audit_put_string() - put a C string as enc_audit_put_text() does; NULL
 * becomes null
 */
void enc_audit_put_string(struct enc_audit_event *event, const char *name,
			  const char *text);

/*
 * enc_audit_put_int() - put an integer. Values whose magnitude is 2^53 or more
 * become the nearest allowed one.
 */
void enc_audit_put_int(struct enc_audit_event *event, const char *name,
		       int64_t value);

/*
 * enc_audit_put_count() - put a count that may come from another process; a
 * count of 2^53 or more becomes 2^53 - 1
 */
void enc_audit_put_count(struct enc_audit_event *event, const char *name,
			 uint64_t count);

void enc_audit_put_bool(struct enc_audit_event *event, const char *name,
			bool value);

void enc_audit_put_null(struct enc_audit_event *event, const char *name);

/*
 * enc_audit_put_json() - put a JSON value that Enclave wrote. It must be
 * canonical as in docs/protocol/audit.md (ASCII, integers, no space); anything
 * else is a bug.
 */
void enc_audit_put_json(struct enc_audit_event *event, const char *name,
			const char *json);

/**
 * enc_audit_event_finish() - check and close the data; nothing may be put
 * afterwards
 * @ret_data: text of the JSON object; lies in @event
 *
 * Used by the chain and the store. Return: 0; -E2BIG if the data was too long,
 * and then the event is lost
 */
ENC_NODISCARD int enc_audit_event_finish(struct enc_audit_event *event,
					 const char **ret_data,
					 size_t *ret_length);

#endif
