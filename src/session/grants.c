#include <string.h>

#include "base64.h"
#include "binding.h"
#include "grants.h"
#include "keep.h"
#include "log.h"

/* A session that has bindings. */
struct grantee {
	struct enc_list link;
	struct enc_grants *grants; /* NULL: the session is over */
	uint64_t tag;
	const char *org;
	struct enc_grant *list;
	size_t count;
	size_t pending; /* GRANTs without an answer */
	size_t again;	/* of the list's end: to be sent to a new vault */
	/* From enc_grants_begin(); NULL: it was called. */
	enc_grants_fn *told;
	void *context;
	struct enc_error failure; /* the first one; code ENC_OK: none */
	void *memory;		  /* owns the texts and the list */
};

/* A new version of a binding that is being put in force. */
struct replacement {
	struct enc_list link;
	struct enc_grants *grants; /* NULL: freed meanwhile */
	enc_grants_fn *told;
	void *context;
	struct enc_buf blob;
	size_t pending; /* GRANTs and RETIRE without an answer */
	bool retiring;
	struct enc_error failure;
};

struct enc_grants {
	struct enc_store *store;
	struct enc_vault_client *vault;
	struct enc_vault_watcher watcher;
	bool again;		      /* a grantee may have some to be sent */
	struct enc_list grantees;     /* struct grantee */
	struct enc_list replacements; /* struct replacement */
};

static struct grantee *grantee_at(struct enc_list *link)
{
	return ENC_HOLDER(link, struct grantee, link);
}

/* keep_failure() - keep the first failure */
static void keep_failure(struct enc_error *kept, const struct enc_error *err)
{
	if (kept->code == ENC_OK && err != NULL) {
		*kept = *err;
	}
}

/* ---- sessions ---- */

/* drop_grantee() - free a session that is over, once no answer is pending */
static void drop_grantee(struct grantee *grantee)
{
	if (grantee->grants == NULL && grantee->pending == 0) {
		enc_keep_release(&grantee->memory);
		free(grantee);
	}
}

static void grant_again(struct enc_grants *grants);

static void on_granted(void *context, enum enc_code code,
		       const struct enc_error *err, const uint8_t *body,
		       size_t length)
{
	struct grantee *grantee = context;
	struct enc_grants *grants = grantee->grants;
	enc_grants_fn *told;

	(void)body;
	(void)length;
	grantee->pending--;
	keep_failure(&grantee->failure, code == ENC_OK ? NULL : err);
	if (grants != NULL) {
		grant_again(grants); /* there is room for one more */
	}
	if (grantee->pending > 0 || grants == NULL) {
		drop_grantee(grantee);
		return;
	}
	told = ENC_TAKE(grantee->told);
	if (told != NULL) {
		bool failed = grantee->failure.code != ENC_OK;
		/* The session may end in the call. */
		struct enc_error failure = grantee->failure;

		told(grantee->context, failure.code, failed ? &failure : NULL);
	} else if (grantee->failure.code != ENC_OK) {
		enc_log(ENC_LOG_WARNING, NULL,
			"a running session lacks a service binding: %s",
			grantee->failure.message);
	}
}

/* load_blob() - read the sealed record of a session's binding from the store */
static enum enc_code load_blob(const struct grantee *grantee,
			       const struct enc_grant *grant,
			       struct enc_buf *ret_blob, struct enc_error *err)
{
	enc_autorow struct enc_store_binding row = {
		.base.type = &enc_store_service_bindings,
		.id = grant->id,
		.org = grantee->org,
	};
	enum enc_code code =
		enc_store_get(grantee->grants->store, &row.base, err);

	if (code == ENC_NOT_FOUND ||
	    (code == ENC_OK && strcmp(row.name, grant->name) != 0)) {
		return enc_fail(err, ENC_NOT_FOUND,
				"the service binding %.63s was deleted",
				grant->name);
	}
	if (code == ENC_OK &&
	    enc_base64_decode(row.sealed, strlen(row.sealed), ret_blob) < 0) {
		return enc_fail(err, ENC_INTERNAL,
				"the stored record of the service binding "
				"%.63s is damaged",
				grant->name);
	}
	return code;
}

/* send_grant() - load a binding and send its GRANT */
static enum enc_code send_grant(struct grantee *grantee,
				const struct enc_grant *grant,
				struct enc_error *err)
{
	ENC_AUTO(buf) blob = ENC_BUF(ENC_VAULT_BODY_MAX_BYTES);
	enum enc_code code = load_blob(grantee, grant, &blob, err);

	if (code == ENC_OK) {
		code = enc_vault_grant(grantee->grants->vault, grantee->tag,
				       enc_buf_bytes(&blob), blob.length,
				       on_granted, grantee, err);
	}
	if (code == ENC_OK) {
		grantee->pending++;
	}
	return code;
}

/*
 * grant_again() - send what a new vault wasn't told yet, as far as the client has
 * room; each answer makes room
 */
static void grant_again(struct enc_grants *grants)
{
	if (!grants->again || !enc_vault_client_attached(grants->vault)) {
		return;
	}
	ENC_LIST_EACH(grants->grantees, at)
	{
		struct grantee *grantee = grantee_at(at);

		while (grantee->again > 0) {
			struct enc_error err = { 0 };
			enum enc_code code = send_grant(
				grantee,
				&grantee->list[grantee->count - grantee->again],
				&err);

			if (code == ENC_UNAVAILABLE) {
				return;
			}
			grantee->again--;
			if (code != ENC_OK) {
				enc_log(ENC_LOG_WARNING, NULL,
					"granting again: %s, ignoring",
					err.message);
			}
		}
	}
	grants->again = false;
}

/*
 * on_attached() - grant everything again, because a new vault knows nothing
 *
 * A binding that was deleted meanwhile isn't granted. Sessions with pending
 * GRANTs were told of their failure when the former link ended.
 */
static void on_attached(struct enc_vault_watcher *watcher)
{
	struct enc_grants *grants =
		ENC_HOLDER(watcher, struct enc_grants, watcher);

	ENC_LIST_EACH(grants->grantees, at)
	{
		struct grantee *grantee = grantee_at(at);

		grantee->failure = (struct enc_error){ 0 };
		grantee->again = grantee->count;
	}
	grants->again = true;
	grant_again(grants);
}

/* keep_session() - make the grantee of a session */
static struct grantee *keep_session(struct enc_grants *grants,
				    const struct enc_grants_session *session)
{
	struct grantee *grantee = enc_xalloc(sizeof(*grantee));

	ENC_ASSERT(session->count <= ENC_BINDINGS_MAX);
	grantee->grants = grants;
	grantee->tag = session->tag;
	grantee->org = enc_keep_text(&grantee->memory, session->org);
	grantee->count = session->count;
	grantee->list =
		enc_keep_room(&grantee->memory,
			      (session->count + 1) * sizeof(*grantee->list));
	for (size_t i = 0; i < session->count; i++) {
		grantee->list[i] = (struct enc_grant){
			enc_keep_text(&grantee->memory, session->grants[i].id),
			enc_keep_text(&grantee->memory,
				      session->grants[i].name),
		};
	}
	return grantee;
}

static struct grantee *find_grantee(const struct enc_grants *grants,
				    uint64_t tag)
{
	ENC_LIST_EACH(grants->grantees, at)
	{
		if (grantee_at(at)->tag == tag) {
			return grantee_at(at);
		}
	}
	return NULL;
}

enum enc_code enc_grants_begin(struct enc_grants *grants,
			       const struct enc_grants_session *session,
			       enc_grants_fn *told, void *context,
			       struct enc_error *err)
{
	struct grantee *grantee = keep_session(grants, session);
	enum enc_code code = ENC_OK;

	ENC_ASSERT(session->count > 0 &&
		   find_grantee(grants, session->tag) == NULL);
	for (size_t i = 0; code == ENC_OK && i < grantee->count; i++) {
		code = send_grant(grantee, &grantee->list[i], err);
	}
	if (code != ENC_OK) {
		grantee->grants = NULL;
		drop_grantee(grantee);
		return code;
	}
	grantee->told = told;
	grantee->context = context;
	enc_list_append(&grants->grantees, &grantee->link);
	return ENC_OK;
}

void enc_grants_end(struct enc_grants *grants, uint64_t tag)
{
	struct grantee *grantee = find_grantee(grants, tag);

	if (grantee != NULL) {
		enc_list_remove(&grantee->link);
		grantee->grants = NULL;
		grantee->told = NULL;
		drop_grantee(grantee);
	}
}

static bool has_binding(const struct grantee *grantee, const char *org,
			const char *id)
{
	if (strcmp(grantee->org, org) != 0) {
		return false;
	}
	for (size_t i = 0; i < grantee->count; i++) {
		if (strcmp(grantee->list[i].id, id) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- replacing ---- */

static void drop_replacement(struct replacement *replacement)
{
	enc_list_remove(&replacement->link);
	enc_buf_done(&replacement->blob);
	free(replacement);
}

static void on_replaced(void *context, enum enc_code code,
			const struct enc_error *err, const uint8_t *body,
			size_t length);

/*
 * retire() - forbid older versions, after the GRANTs
 *
 * RETIRE comes last, so that no gate is without the binding meanwhile.
 */
static enum enc_code retire(struct replacement *replacement,
			    struct enc_error *err)
{
	enum enc_code code = enc_vault_retire(replacement->grants->vault,
					      enc_buf_bytes(&replacement->blob),
					      replacement->blob.length,
					      on_replaced, replacement, err);

	replacement->retiring = true;
	replacement->pending += code == ENC_OK;
	return code;
}

static void on_replaced(void *context, enum enc_code code,
			const struct enc_error *err, const uint8_t *body,
			size_t length)
{
	struct replacement *replacement = context;
	struct enc_error failure = { 0 };

	(void)body;
	(void)length;
	replacement->pending--;
	/*
	 * A GRANT fails if its session has ended meanwhile. So the result of
	 * RETIRE decides whether the version is in force.
	 */
	if (code == ENC_UNAVAILABLE || replacement->retiring) {
		keep_failure(&replacement->failure,
			     code == ENC_OK ? NULL : err);
	}
	if (replacement->pending > 0) {
		return;
	}
	if (replacement->grants == NULL) {
		drop_replacement(replacement);
		return;
	}
	if (!replacement->retiring && replacement->failure.code == ENC_OK &&
	    retire(replacement, &replacement->failure) == ENC_OK) {
		return;
	}
	failure = replacement->failure;
	replacement->told(replacement->context, failure.code,
			  failure.code == ENC_OK ? NULL : &failure);
	drop_replacement(replacement);
}

/* send_version() - send a GRANT to each session that has the binding */
static enum enc_code send_version(struct replacement *replacement,
				  const struct enc_grants_version *version,
				  struct enc_error *err)
{
	struct enc_grants *grants = replacement->grants;
	enum enc_code code = ENC_OK;

	ENC_LIST_EACH(grants->grantees, at)
	{
		struct grantee *grantee = grantee_at(at);

		if (code == ENC_OK &&
		    has_binding(grantee, version->org, version->id)) {
			code = enc_vault_grant(grants->vault, grantee->tag,
					       version->blob, version->length,
					       on_replaced, replacement, err);
			replacement->pending += code == ENC_OK;
		}
	}
	return code;
}

enum enc_code enc_grants_replace(struct enc_grants *grants,
				 const struct enc_grants_version *version,
				 enc_grants_fn *told, void *context,
				 struct enc_error *err)
{
	struct replacement *replacement = enc_xalloc(sizeof(*replacement));
	struct enc_error why = { 0 };
	enum enc_code code;

	replacement->grants = grants;
	replacement->told = told;
	replacement->context = context;
	replacement->blob = ENC_BUF(ENC_VAULT_BODY_MAX_BYTES);
	enc_list_append(&grants->replacements, &replacement->link);
	if (enc_buf_append(&replacement->blob, version->blob, version->length) <
	    0) {
		code = enc_fail(&why, ENC_LIMIT, "a sealed record is too long");
	} else {
		code = send_version(replacement, version, &why);
	}
	if (code == ENC_OK && replacement->pending == 0) {
		code = retire(replacement, &why);
	}
	if (code != ENC_OK && replacement->pending > 0) {
		/* Told once the GRANTs that were sent are answered. */
		replacement->failure = why;
		return ENC_OK;
	}
	if (code != ENC_OK) {
		drop_replacement(replacement);
		return enc_fail(err, code, "%s", why.message);
	}
	return ENC_OK;
}

/* ---- making and freeing ---- */

struct enc_grants *enc_grants_new(struct enc_store *store,
				  struct enc_vault_client *vault)
{
	struct enc_grants *grants = enc_xalloc(sizeof(*grants));

	grants->store = store;
	grants->vault = vault;
	grants->watcher.attached = on_attached;
	enc_list_init(&grants->grantees);
	enc_list_init(&grants->replacements);
	enc_vault_client_watch(vault, &grants->watcher);
	return grants;
}

void enc_grants_free(struct enc_grants *grants)
{
	if (grants == NULL) {
		return;
	}
	ENC_ASSERT(enc_list_empty(&grants->grantees));
	enc_vault_client_unwatch(&grants->watcher);
	ENC_LIST_EACH(grants->replacements, at)
	{
		struct replacement *replacement =
			ENC_HOLDER(at, struct replacement, link);

		/* Its answers come when the client is freed, at the latest. */
		replacement->grants = NULL;
		enc_list_remove(at);
	}
	free(grants);
}

struct enc_vault_client *enc_grants_vault(struct enc_grants *grants)
{
	return grants->vault;
}
