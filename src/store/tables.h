#ifndef ENC_STORE_TABLES_H
#define ENC_STORE_TABLES_H

/*
 * The resources that are stored as rows. To add a resource, add its struct, its
 * columns, its row type and a row of ENC_STORE_TABLES here, and a migration
 * that makes the table. Sessions, their logs and results have operations of
 * their own, but the columns of a session are defined here, too.
 *
 *	X(row, member, maximum, flags) of enum enc_column_flags
 */

#include "rows.h"

struct enc_store_label {
	const char *name;
	const char *value;
};

/*
 * A session. Its columns are those of the table `sessions`. Record and genesis
 * are in a table of their own, so that a change of phase doesn't write them
 * again.
 */
struct enc_store_session {
	struct enc_row base; /* filled in by the store */
	const char *id;
	const char *org;
	/*
	 * Number from enc_store_next_session_number(); lists are sorted by it.
	 */
	uint64_t number;
	int64_t created_ms;
	const char *name; /* "" if the session has no name */
	const char *phase;
	const char *outcome; /* "" before the session's end */
	bool finished; /* enc_store_list_unfinished() skips finished sessions */
	const char *record;  /* JSON; only the session module reads it */
	const char *genesis; /* genesis of the audit chain; fixed */

	/*
	 * The next two members are read only. They describe the session's
	 * entries.
	 */
	uint64_t last_seq;     /* number of the last entry; 0: no entry */
	const char *last_line; /* the last audit line; NULL: no line */

	/*
	 * The labels of a new session; fixed. Only filters use the stored
	 * labels. A read doesn't return them, since the record has them, too.
	 */
	const struct enc_store_label *labels;
	size_t label_count;
};

struct enc_store_org {
	struct enc_row base;
	const char *id; /* id of the organisation, such as "o-1" */
	uint64_t number;
	const char *name;
	int64_t created_ms;
	uint64_t sessions; /* read only: the highest number of a session */
	/*
	 * Read only: count of the bytes stored for the organisation's sessions,
	 * in records, geneses, entries and results.
	 */
	uint64_t stored_bytes;
};

struct enc_store_key {
	struct enc_row base;
	const char *id;
	const char *org;
	const char *name;
	const char *scopes;	   /* names, separated by one space */
	const char *secret_sha256; /* 64 lower-case hex digits */
	int64_t created_ms;
	int64_t revoked_ms; /* 0: the key is valid; an update sets it once */
};

struct enc_store_idempotency {
	struct enc_row base;
	const char *org;
	const char *key;
	const char *request_sha256; /* 64 lower-case hex digits */
	const char *session;
	int64_t created_ms;
};

/*
 * The limits of an organisation; -1 means that the organisation has no limit of
 * its own.
 */
struct enc_store_quota {
	struct enc_row base;
	const char *org;
	int64_t running; /* limit of sessions that have a sandbox */
	int64_t waiting; /* limit of sessions in the queue */
	/* Limit of the stored bytes, as counted in enc_store_org. */
	int64_t stored_bytes;
};

/*
 * A service binding. Its secret is only in `sealed`, which only the vault can
 * open. The row of a deleted binding is removed.
 */
struct enc_store_binding {
	struct enc_row base;
	const char *id;
	const char *org;
	const char *name;      /* fixed; sessions and logs name it */
	const char *upstream;  /* canonical URL */
	const char *injection; /* enc_injection_name() */
	const char *header;    /* "": the scheme has none */
	const char *username;  /* "": the scheme has none */
	const char *methods;   /* separated by one space; "": all */
	const char *paths;     /* separated by one space; "": all */
	uint64_t rate;	       /* requests per minute; 0: any number */
	bool mask;	       /* mask the secret where it comes back */
	uint64_t version;      /* of the record; grows with each change */
	const char *sealed;    /* the vault's blob, in base64 */
	int64_t created_ms;
	int64_t updated_ms;
	int64_t secret_ms; /* when the secret was set; 0: there is none */
};

/* The vault's signature of the head of a session's log; it goes with the session. */
struct enc_store_signature {
	struct enc_row base;
	const char *org;
	uint64_t number;       /* of the session */
	const char *signature; /* 128 lower-case hex digits */
};

/* clang-format off */
#define ENC_STORE_SESSION_COLUMNS(X)					\
	X(struct enc_store_session, id, ENC_STORE_ID_MAX_BYTES,		\
	  ENC_COLUMN_KEY)						\
	X(struct enc_store_session, org, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_ORG)						\
	X(struct enc_store_session, number, INT64_MAX, 0)		\
	X(struct enc_store_session, created_ms, INT64_MAX, 0)		\
	X(struct enc_store_session, name, ENC_STORE_NAME_MAX_BYTES,	\
	  ENC_COLUMN_FILTER | ENC_COLUMN_PREFIX)			\
	X(struct enc_store_session, phase, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES | ENC_COLUMN_FILTER)			\
	X(struct enc_store_session, outcome, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES | ENC_COLUMN_FILTER)			\
	X(struct enc_store_session, finished, 1, ENC_COLUMN_CHANGES)

#define ENC_STORE_ORG_COLUMNS(X)					\
	X(struct enc_store_org, id, ENC_STORE_ID_MAX_BYTES, ENC_COLUMN_KEY) \
	X(struct enc_store_org, number, INT64_MAX,			\
	  ENC_COLUMN_UNIQUE | ENC_COLUMN_ORDER)				\
	X(struct enc_store_org, name, ENC_STORE_NAME_MAX_BYTES,		\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_org, created_ms, INT64_MAX, 0)		\
	X(struct enc_store_org, sessions, INT64_MAX, ENC_COLUMN_DERIVED) \
	X(struct enc_store_org, stored_bytes, INT64_MAX, ENC_COLUMN_DERIVED)

#define ENC_STORE_KEY_COLUMNS(X)					\
	X(struct enc_store_key, id, ENC_STORE_ID_MAX_BYTES, ENC_COLUMN_KEY) \
	X(struct enc_store_key, org, ENC_STORE_ID_MAX_BYTES, ENC_COLUMN_ORG) \
	X(struct enc_store_key, name, ENC_STORE_NAME_MAX_BYTES, 0)	\
	X(struct enc_store_key, scopes, ENC_STORE_SCOPES_MAX_BYTES, 0)	\
	X(struct enc_store_key, secret_sha256, 64, 0)			\
	X(struct enc_store_key, created_ms, INT64_MAX, ENC_COLUMN_ORDER) \
	X(struct enc_store_key, revoked_ms, INT64_MAX, ENC_COLUMN_ONCE)

#define ENC_STORE_IDEMPOTENCY_COLUMNS(X)				\
	X(struct enc_store_idempotency, org, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_KEY | ENC_COLUMN_ORG)				\
	X(struct enc_store_idempotency, key,				\
	  ENC_STORE_IDEMPOTENCY_KEY_MAX_BYTES, ENC_COLUMN_KEY)		\
	X(struct enc_store_idempotency, request_sha256, 64, 0)		\
	X(struct enc_store_idempotency, session, ENC_STORE_ID_MAX_BYTES, 0) \
	X(struct enc_store_idempotency, created_ms, INT64_MAX, 0)

#define ENC_STORE_QUOTA_COLUMNS(X)					\
	X(struct enc_store_quota, org, ENC_STORE_ID_MAX_BYTES,		\
	  ENC_COLUMN_KEY | ENC_COLUMN_ORG)				\
	X(struct enc_store_quota, running, INT64_MAX, ENC_COLUMN_CHANGES) \
	X(struct enc_store_quota, waiting, INT64_MAX, ENC_COLUMN_CHANGES) \
	X(struct enc_store_quota, stored_bytes, INT64_MAX, ENC_COLUMN_CHANGES)

#define ENC_STORE_BINDING_COLUMNS(X)					\
	X(struct enc_store_binding, id, ENC_STORE_ID_MAX_BYTES,		\
	  ENC_COLUMN_KEY)						\
	X(struct enc_store_binding, org, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_ORG)						\
	X(struct enc_store_binding, name, ENC_STORE_NAME_MAX_BYTES,	\
	  ENC_COLUMN_UNIQUE_IN_ORG)					\
	X(struct enc_store_binding, upstream,				\
	  ENC_STORE_UPSTREAM_MAX_BYTES, ENC_COLUMN_CHANGES)		\
	X(struct enc_store_binding, injection, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, header, ENC_STORE_NAME_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, username, ENC_STORE_NAME_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, methods, ENC_STORE_SCOPES_MAX_BYTES, \
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, paths, ENC_STORE_PATHS_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, rate, INT64_MAX, ENC_COLUMN_CHANGES) \
	X(struct enc_store_binding, mask, 1, ENC_COLUMN_CHANGES)	\
	X(struct enc_store_binding, version, INT64_MAX,			\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, sealed, ENC_STORE_SEALED_MAX_BYTES,	\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, created_ms, INT64_MAX,		\
	  ENC_COLUMN_ORDER)						\
	X(struct enc_store_binding, updated_ms, INT64_MAX,		\
	  ENC_COLUMN_CHANGES)						\
	X(struct enc_store_binding, secret_ms, INT64_MAX,		\
	  ENC_COLUMN_CHANGES)

#define ENC_STORE_SIGNATURE_COLUMNS(X)					\
	X(struct enc_store_signature, org, ENC_STORE_ID_MAX_BYTES,	\
	  ENC_COLUMN_KEY | ENC_COLUMN_ORG)				\
	X(struct enc_store_signature, number, INT64_MAX, ENC_COLUMN_KEY) \
	X(struct enc_store_signature, signature, 128, 0)

/* All row types: X(row type, table, row, name in messages, columns) */
#define ENC_STORE_TABLES(X)						\
	X(orgs, "orgs", struct enc_store_org, "organisation",		\
	  ENC_STORE_ORG_COLUMNS)					\
	X(api_keys, "api_keys", struct enc_store_key, "API key",	\
	  ENC_STORE_KEY_COLUMNS)					\
	X(idempotencies, "idempotency", struct enc_store_idempotency,	\
	  "idempotency key", ENC_STORE_IDEMPOTENCY_COLUMNS)		\
	X(quotas, "quotas", struct enc_store_quota, "quota",		\
	  ENC_STORE_QUOTA_COLUMNS)					\
	X(service_bindings, "service_bindings", struct enc_store_binding, \
	  "service binding", ENC_STORE_BINDING_COLUMNS)			\
	X(signatures, "signatures", struct enc_store_signature,		\
	  "signature", ENC_STORE_SIGNATURE_COLUMNS)

/* Row type of sessions. ENC_STORE_TABLES has no row for it. */
extern const struct enc_row_type enc_store_sessions;
extern const struct enc_row_type enc_store_orgs;
extern const struct enc_row_type enc_store_api_keys;
extern const struct enc_row_type enc_store_idempotencies;
extern const struct enc_row_type enc_store_quotas;
extern const struct enc_row_type enc_store_service_bindings;
extern const struct enc_row_type enc_store_signatures;

enum {
#define X(symbol, ...) ENC_STORE_TABLE_##symbol,
	ENC_STORE_TABLES(X)
#undef X
	ENC_STORE_TABLE_COUNT,
};
/* clang-format on */

extern const struct enc_row_type *const enc_store_tables[];

/* enc_store_table() - return the index of a row type in enc_store_tables */
size_t enc_store_table(const struct enc_row_type *type);

#endif
