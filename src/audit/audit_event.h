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

/* In the order in which a session tells them; ADMIN ones have their own log. */
enum enc_audit_type {
	ENC_AUDIT_INVALID,

	ENC_AUDIT_SESSION_CREATED,
	ENC_AUDIT_CLONE_STARTED,
	ENC_AUDIT_CLONE_COMPLETED,
	ENC_AUDIT_SANDBOX_STARTED,
	ENC_AUDIT_TURN_STARTED,
	ENC_AUDIT_TURN_COMPLETED,
	ENC_AUDIT_EGRESS_ALLOWED,
	ENC_AUDIT_EGRESS_DENIED,
	ENC_AUDIT_BINDING_INVOKED,
	ENC_AUDIT_BINDING_DENIED,
	ENC_AUDIT_SECRET_REDACTED,
	ENC_AUDIT_GIT_FETCHED,
	ENC_AUDIT_GIT_PUSH_ALLOWED,
	ENC_AUDIT_GIT_PUSH_DENIED,
	ENC_AUDIT_SYSCALL_DENIED,
	ENC_AUDIT_FLOWS_LIMITED,
	ENC_AUDIT_QUOTA_KILL,
	ENC_AUDIT_OUTPUT_TRUNCATED,
	ENC_AUDIT_ARTIFACT_REJECTED,
	ENC_AUDIT_RESULT_REJECTED,
	ENC_AUDIT_RESULT_COLLECTED,
	ENC_AUDIT_WORKLOAD_EXITED,
	ENC_AUDIT_USAGE_METERED,
	ENC_AUDIT_SESSION_TORN_DOWN,
	ENC_AUDIT_SESSION_SEALED, /* made by enc_audit_chain_seal() alone */

	ENC_AUDIT_AUTH_FAILED,
	ENC_AUDIT_ORPHAN_REAPED,
	ENC_AUDIT_ORG_CREATED,
	ENC_AUDIT_KEY_CREATED,
	ENC_AUDIT_KEY_REVOKED,
	ENC_AUDIT_BINDING_CREATED,
	ENC_AUDIT_BINDING_CHANGED,
	ENC_AUDIT_BINDING_DELETED,

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
