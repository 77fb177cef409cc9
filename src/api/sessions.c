#include <string.h>

#include "api_internal.h"
#include "gen_answers.h"
#include "gen_operations.h"
#include "json.h"
#include "scope.h"
#include "session_answers.h"

enum { WAIT_MAX_MS = 300000, SEAL_MS = 10000 };

/* ---- showing ---- */

static bool may_read(const struct enc_api_call *call)
{
	return (call->caller.scopes & ENC_SCOPE_SESSIONS_READ) != 0;
}

/* show_receipt() - answer with the id alone, if the caller may not read more */
static void show_receipt(struct enc_http_exchange *exchange, int status,
			 const struct enc_session *session)
{
	const struct enc_answer_session_receipt receipt = { .id = session->id };

	enc_api_reply_answer(exchange, status,
			     enc_answer_session_receipt_fields, &receipt);
}

/* show_done() - answer a caller who changed a session, with all it may read */
static void show_done(const struct enc_api_asker *asker, int status,
		      const struct enc_session *session, bool may_read,
		      bool with_result)
{
	if (status == 201) {
		char target[ENC_SESSION_ID_BYTES + 16];

		(void)snprintf(target, sizeof(target), "/v1/sessions/%s",
			       session->id);
		enc_http_add_header(asker->exchange, "Location", target);
	}
	if (!may_read) {
		show_receipt(asker->exchange, status, session);
		return;
	}
	enc_api_answer_session(asker, status, session, with_result);
}

/*
 * find() - find the session that the path names, live or stored
 * @ret_owned: a stored session, which the caller frees; else NULL
 */
static enum enc_code find(const struct enc_api_call *call,
			  struct enc_session **ret_session,
			  struct enc_session **ret_owned, struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	*ret_owned = NULL;
	*ret_session = enc_orchestrator_find(call->api->options.orchestrator,
					     call->caller.org, call->ids[0]);
	if (*ret_session == NULL) {
		code = enc_session_load(call->api->options.store,
					call->caller.org, call->ids[0],
					ret_owned, err);
		*ret_session = *ret_owned;
	}
	ENC_ASSERT(code != ENC_OK || *ret_session != NULL);
	if (code == ENC_NOT_FOUND) {
		/* Use one message, so that callers don't learn which ids other
		 * organisations have. */
		(void)enc_fail(err, ENC_NOT_FOUND, "there is no session %s",
			       call->ids[0]);
	}
	return code;
}

enum enc_code op_deleteSession(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_session *session = NULL;
	struct enc_session *owned = NULL;
	const struct enc_api_asker asker = enc_api_asker_of(call);
	enum enc_code code = find(call, &session, &owned, err);

	if (code == ENC_OK && owned == NULL) {
		enc_orchestrator_cancel(session);
	}
	if (code == ENC_OK) {
		show_done(&asker, owned == NULL ? 202 : 200, session,
			  may_read(call), enc_phase_ended(session->phase));
	}
	enc_session_free(owned);
	return code;
}

/* fail_unfinished() - say why there is no result yet */
static enum enc_code fail_unfinished(const struct enc_session *session,
				     struct enc_error *err)
{
	if (session->unrecorded.code != ENC_OK) {
		*err = session->unrecorded;
		return err->code;
	}
	return enc_fail(err, ENC_NOT_FINISHED,
			"%s is %s; there is a result when it has ended",
			session->id, enc_phase_name(session->phase));
}

enum enc_code op_getResult(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_session *session = NULL;
	struct enc_session *owned = NULL;
	const struct enc_api_asker asker = enc_api_asker_of(call);
	enum enc_code code = find(call, &session, &owned, err);

	if (code == ENC_OK && !enc_phase_ended(session->phase)) {
		code = fail_unfinished(session, err);
	}
	if (code == ENC_OK) {
		enc_api_answer_result(&asker, session);
	}
	enc_session_free(owned);
	return code;
}

/* ---- waiting for a session ---- */

/* The event that a request waits for, and its answer. */
enum wait_kind {
	WAIT_CREATED,  /* the session's creation is durable: 201 */
	WAIT_RESULT,   /* the session ends: 201 with result; timeout: 202 */
	WAIT_ENDED,    /* as WAIT_RESULT, but the audit log is sealed, too */
	WAIT_SEALED,   /* the audit log is sealed: the whole bundle */
	WAIT_SHOWN,    /* the audit log is sealed, or timeout: 200 */
	WAIT_REPLACED, /* the new allowlist is durable: 200 */
};

struct waiter {
	struct enc_api_later later;
	struct enc_session_observer observer;
	struct enc_api *api;
	struct enc_http_exchange *exchange;
	struct enc_session *session;
	uv_timer_t timer;
	enum wait_kind kind;
	uint64_t replacement; /* WAIT_REPLACED: its number in the session */
	bool may_read;	      /* false: the answer is a receipt */
	bool created;
	bool expired;
	bool done;
};

static void on_timer_closed(uv_handle_t *handle)
{
	free(ENC_HOLDER((uv_timer_t *)handle, struct waiter, timer));
}

/* release() - free a waiter that is about to answer, or whose client is gone */
static void release(struct waiter *waiter)
{
	if (waiter->done) {
		return;
	}
	waiter->done = true;
	enc_list_remove(&waiter->observer.link);
	enc_api_later_end(&waiter->later);
	uv_close((uv_handle_t *)&waiter->timer, on_timer_closed);
}

static void on_gone(struct enc_api_later *later)
{
	release(ENC_HOLDER(later, struct waiter, later));
}

/* on_revoked() - end the request with 401; the session goes on */
static void on_revoked(struct enc_api_later *later)
{
	struct waiter *waiter = ENC_HOLDER(later, struct waiter, later);
	struct enc_error err = { 0 };

	release(waiter);
	(void)enc_fail(&err, ENC_UNAUTHORIZED,
		       "the key was revoked while this request waited");
	enc_http_reply_error(later->exchange, &err);
}

/*
 * answer_replaced() - answer if the new allowlist is durable
 *
 * A session whose end is durable in the same moment never used the list: the
 * store had refused it before.
 */
static void answer_replaced(struct waiter *waiter)
{
	struct enc_session *session = waiter->session;
	const struct enc_api_asker asker = { waiter->api, waiter->exchange,
					     waiter->later.key };
	struct enc_error err = { 0 };

	if (session->durable_replacements < waiter->replacement) {
		return;
	}
	release(waiter);
	if (!enc_phase_ended(session->phase)) {
		show_done(&asker, 200, session, waiter->may_read,
			  /* with_result= */ false);
		return;
	}
	(void)enc_fail(&err, ENC_UNAVAILABLE,
		       "the new egress could not be recorded, so %s was ended",
		       session->id);
	enc_http_reply_error(waiter->exchange, &err);
}

/*
 * answer() - answer if the awaited state is reached, the time is over, or the
 * session is lost
 */
static void answer(struct waiter *waiter, enum enc_session_news news)
{
	struct enc_session *session = waiter->session;
	struct enc_http_exchange *exchange = waiter->exchange;
	const struct enc_api_asker asker = { waiter->api, exchange,
					     waiter->later.key };
	bool ended = enc_phase_ended(session->phase);

	if (news == ENC_SESSION_LOST || news == ENC_SESSION_UNRECORDED) {
		struct enc_error err = news == ENC_SESSION_LOST
					       ? session->reason
					       : session->unrecorded;

		release(waiter);
		enc_http_reply_error(exchange, &err);
	} else if (waiter->kind == WAIT_REPLACED) {
		answer_replaced(waiter);
	} else if (waiter->kind == WAIT_SEALED) {
		if (session->sealed || waiter->expired) {
			release(waiter);
			enc_api_answer_audit(&asker, session,
					     /* bundle= */ true);
		}
	} else if (waiter->kind == WAIT_SHOWN) {
		if (session->sealed || waiter->expired) {
			release(waiter);
			enc_api_answer_session(&asker, 200, session, ended);
		}
	} else if (ended && (waiter->kind == WAIT_RESULT ||
			     (waiter->kind == WAIT_ENDED &&
			      (session->sealed || waiter->expired)))) {
		release(waiter);
		show_done(&asker, 201, session, waiter->may_read,
			  /* with_result= */ true);
	} else if (waiter->created &&
		   (waiter->kind == WAIT_CREATED || waiter->expired)) {
		int status = waiter->kind == WAIT_CREATED ? 201 : 202;

		release(waiter);
		show_done(&asker, status, session, waiter->may_read,
			  /* with_result= */ false);
	}
}

static void on_news(struct enc_session_observer *observer,
		    struct enc_session *session, enum enc_session_news news)
{
	struct waiter *waiter = ENC_HOLDER(observer, struct waiter, observer);

	(void)session;
	waiter->created |= news == ENC_SESSION_CREATED;
	answer(waiter, news);
}

static void on_expired(uv_timer_t *timer)
{
	struct waiter *waiter = ENC_HOLDER(timer, struct waiter, timer);

	waiter->expired = true;
	answer(waiter, ENC_SESSION_MORE);
}

static struct waiter *waiter_new(struct enc_api_call *call, enum wait_kind kind,
				 int64_t wait_ms)
{
	struct waiter *waiter = enc_xalloc(sizeof(*waiter));
	bool one_flush = kind == WAIT_CREATED || kind == WAIT_REPLACED;

	waiter->later.gone = on_gone;
	/* These take only one flush, so they aren't ended early. */
	waiter->later.revoked = one_flush ? NULL : on_revoked;
	waiter->observer.told = on_news;
	enc_list_init(&waiter->observer.link);
	waiter->api = call->api;
	waiter->exchange = call->exchange;
	waiter->kind = kind;
	waiter->may_read = may_read(call);
	ENC_MUST(uv_timer_init(call->api->options.loop, &waiter->timer));
	if (!one_flush) {
		ENC_MUST(uv_timer_start(&waiter->timer, on_expired,
					(uint64_t)wait_ms, 0));
	}
	enc_api_later_begin(&waiter->later, call);
	return waiter;
}

/* watch() - let a waiter observe a live session, answer if it can */
static void watch(struct waiter *waiter, struct enc_session *session,
		  bool created)
{
	waiter->session = session;
	waiter->created = created;
	enc_list_append(&session->observers, &waiter->observer.link);
	answer(waiter, ENC_SESSION_MORE);
}

/* read_wait() - get the parameter `wait` in ms; -1 if it is missing */
static enum enc_code read_wait(const struct enc_api_call *call, int64_t *ret_ms,
			       struct enc_error *err)
{
	*ret_ms = enc_api_query_number(call, "wait", -1);
	return *ret_ms <= WAIT_MAX_MS
		       ? ENC_OK
		       : enc_fail(err, ENC_BAD_REQUEST,
				  "wait is a time like 30s, at most 300s");
}

/*
 * creation_kind() - the event that a POST waits for
 *
 * A sealed log costs the time of the teardown. A client that wants its result
 * as soon as possible can say so.
 */
static enum wait_kind creation_kind(const struct enc_api_call *call,
				    int64_t wait_ms)
{
	const char *until = enc_api_query(call, "until");

	if (wait_ms < 0) {
		return WAIT_CREATED;
	}
	return until != NULL && strcmp(until, "result") == 0 ? WAIT_RESULT
							     : WAIT_ENDED;
}

enum enc_code op_getSession(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_session *session = NULL;
	struct enc_session *owned = NULL;
	const struct enc_api_asker asker = enc_api_asker_of(call);
	int64_t wait_ms;
	enum enc_code code = read_wait(call, &wait_ms, err);

	if (code == ENC_OK) {
		code = find(call, &session, &owned, err);
	}
	if (code == ENC_OK && owned == NULL && wait_ms > 0) {
		watch(waiter_new(call, WAIT_SHOWN, wait_ms), session, true);
	} else if (code == ENC_OK) {
		enc_api_answer_session(&asker, 200, session,
				       enc_phase_ended(session->phase));
	}
	enc_session_free(owned);
	return code;
}

enum enc_code op_getAudit(struct enc_api_call *call, struct enc_error *err)
{
	const char *format = enc_api_query(call, "format");
	bool bundle = format != NULL && strcmp(format, "bundle") == 0;
	struct enc_session *session = NULL;
	struct enc_session *owned = NULL;
	const struct enc_api_asker asker = enc_api_asker_of(call);
	enum enc_code code;

	code = find(call, &session, &owned, err);
	if (code == ENC_OK && bundle && owned == NULL &&
	    session->outcome != ENC_PHASE_PENDING) {
		/* The session has ended. It is sealed within milliseconds. */
		watch(waiter_new(call, WAIT_SEALED, SEAL_MS), session, true);
	} else if (code == ENC_OK) {
		enc_api_answer_audit(&asker, session, bundle);
	}
	enc_session_free(owned);
	return code;
}

/* replace() - replace the allowlist of the session that the path names */
static enum enc_code replace(struct enc_api_call *call,
			     struct enc_allowlist *list, struct enc_error *err)
{
	struct enc_session *session = NULL;
	struct enc_session *owned = NULL;
	struct waiter *waiter;
	enum enc_code code = find(call, &session, &owned, err);

	if (code == ENC_OK && owned != NULL) {
		code = enc_fail(err, ENC_CONFLICT,
				"%s is over, so its egress can't be replaced",
				session->id);
	} else if (code == ENC_OK) {
		code = enc_orchestrator_replace_allowlist(session, list,
							  call->caller.name,
							  err);
	}
	if (code == ENC_OK) {
		waiter = waiter_new(call, WAIT_REPLACED, -1);
		waiter->replacement = session->replacements;
		watch(waiter, session, true);
	}
	enc_session_free(owned);
	return code;
}

enum enc_code op_replaceEgress(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_allowlist *list = NULL;
	enum enc_code code =
		enc_api_read_allowlist(call->body, "allow", &list, err);

	if (code == ENC_OK) {
		/* No rules are as good as deny_all, and may be replaced. */
		list = list == NULL ? enc_allowlist_new(0) : list;
		code = replace(call, list, err);
	}
	enc_allowlist_release(list);
	return code;
}

void refused_replaceEgress(struct enc_api_call *call, const char *why)
{
	struct enc_session *session =
		enc_orchestrator_find(call->api->options.orchestrator,
				      call->caller.org, call->ids[0]);

	if (session != NULL) {
		enc_orchestrator_keep_allowlist(session, call->caller.name,
						why);
	}
}

/* ---- creating ---- */

/* answer_again() - answer with the session that an idempotency key created */
static enum enc_code answer_again(struct enc_api_call *call, const char *id,
				  int64_t wait_ms, struct enc_error *err)
{
	struct enc_session *session = NULL;
	struct enc_session *owned = NULL;
	const struct enc_api_asker asker = enc_api_asker_of(call);
	enum enc_code code;

	(void)snprintf(call->ids[0], sizeof(call->ids[0]), "%s", id);
	code = find(call, &session, &owned, err);
	if (code == ENC_OK && owned == NULL) {
		watch(waiter_new(call, creation_kind(call, wait_ms), wait_ms),
		      session, session->durable_lines > 0);
	} else if (code == ENC_OK) {
		show_done(&asker, 201, session, may_read(call), wait_ms >= 0);
	}
	enc_session_free(owned);
	return code;
}

/*
 * try_again() - answer a request whose idempotency key was used before
 * @ret_done: whether it was used; then the caller creates no session
 */
static enum enc_code try_again(struct enc_api_call *call,
			       const struct enc_session_spec *spec,
			       int64_t wait_ms, bool *ret_done,
			       struct enc_error *err)
{
	const char *key = spec->idempotency_key;
	enc_autorow struct enc_store_idempotency row = {
		.base.type = &enc_store_idempotencies,
		.org = call->caller.org,
		.key = key,
	};
	struct enc_session *live;
	char id[ENC_SESSION_ID_BYTES];
	char digest[ENC_SHA256_HEX_BYTES];
	enum enc_code code;

	*ret_done = false;
	if (key == NULL) {
		return ENC_OK;
	}
	live = enc_orchestrator_find_key(call->api->options.orchestrator,
					 call->caller.org, key);
	if (live != NULL) {
		(void)snprintf(id, sizeof(id), "%s", live->id);
		(void)snprintf(digest, sizeof(digest), "%s",
			       live->spec->request_sha256);
	} else {
		code = enc_store_get(call->api->options.store, &row.base, err);
		if (code == ENC_NOT_FOUND) {
			*err = (struct enc_error){ 0 };
			return ENC_OK;
		}
		if (code != ENC_OK) {
			return code;
		}
		(void)snprintf(id, sizeof(id), "%s", row.session);
		(void)snprintf(digest, sizeof(digest), "%s",
			       row.request_sha256);
	}
	*ret_done = true;
	if (strcmp(digest, spec->request_sha256) != 0) {
		return enc_fail(err, ENC_IDEMPOTENCY,
				"the Idempotency-Key was used for another "
				"body");
	}
	return answer_again(call, id, wait_ms, err);
}

enum enc_code op_createSession(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_session_spec *spec = NULL;
	struct enc_session *session = NULL;
	struct waiter *waiter;
	int64_t wait_ms;
	bool done = false;
	enum enc_code code = read_wait(call, &wait_ms, err);

	if (code == ENC_OK) {
		code = enc_api_session_spec(call, &spec, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	code = try_again(call, spec, wait_ms, &done, err);
	if (code != ENC_OK || done) {
		enc_session_spec_free(spec);
		return code;
	}
	spec->hold = wait_ms > 0;
	waiter = waiter_new(call, creation_kind(call, wait_ms), wait_ms);
	code = enc_orchestrator_create(call->api->options.orchestrator, spec,
				       &waiter->observer, &session, err);
	waiter->session = session;
	if (code != ENC_OK) {
		release(waiter);
	}
	return code;
}
