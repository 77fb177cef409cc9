#include <string.h>

#include "hex.h"
#include "log.h"
#include "signatures.h"

enum {
	AT_ONCE_MAX = 64, /* logs that are being signed unasked */
	AGAIN_MS = 5000,
};

/* A log that is to be signed. */
struct signing {
	struct enc_list link; /* in `waiting` while it waits */
	struct enc_signatures *signatures;
	struct enc_sealed_log log;
	char hex[ENC_SIGNATURE_HEX_BYTES];
	enc_signature_fn *told; /* NULL: nobody has asked */
	void *context;
};

struct enc_signatures {
	struct enc_store *store;
	struct enc_vault_client *vault;
	struct enc_vault_watcher watcher;
	uv_timer_t timer;
	struct enc_list waiting;
	size_t waiting_count;
	size_t pending; /* with the vault or the store */
	bool freed;
};

void enc_sealed_log_of(const struct enc_session *session,
		       struct enc_sealed_log *ret_log)
{
	const char *dash = strrchr(session->id, '-');
	const char *org = session->record.org;

	if (enc_session_is_live(session)) {
		org = enc_session_record(session, session->phase).org;
	}
	*ret_log = (struct enc_sealed_log){
		.number = dash == NULL ? 0 : strtoull(dash + 1, NULL, 10),
		.count = session->chain.next_seq,
		.time_ms = session->chain.last_ms,
	};
	(void)snprintf(ret_log->org, sizeof(ret_log->org), "%s", org);
	(void)snprintf(ret_log->session, sizeof(ret_log->session), "%s",
		       session->id);
	memcpy(ret_log->head, session->chain.head, sizeof(ret_log->head));
}

/* ---- waiting ---- */

static enum enc_code sign(struct signing *signing, struct enc_error *err);

static void on_closed(uv_handle_t *handle)
{
	free(ENC_HOLDER(handle, struct enc_signatures, timer));
}

/* settle() - one less is pending; the last one ends what was freed */
static void settle(struct enc_signatures *signatures)
{
	signatures->pending--;
	if (signatures->freed && signatures->pending == 0) {
		uv_close((uv_handle_t *)&signatures->timer, on_closed);
	}
}

/* work_off() - sign what waits, as much as there is room for now */
static void work_off(struct enc_signatures *signatures)
{
	struct enc_error err = { 0 };

	while (!enc_list_empty(&signatures->waiting) &&
	       signatures->pending < AT_ONCE_MAX) {
		struct signing *signing = ENC_HOLDER(signatures->waiting.next,
						     struct signing, link);

		if (sign(signing, &err) != ENC_OK) {
			break; /* it waits on */
		}
		enc_list_remove(&signing->link);
		signatures->waiting_count--;
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct enc_signatures *signatures =
		ENC_HOLDER(timer, struct enc_signatures, timer);

	work_off(signatures);
	if (enc_list_empty(&signatures->waiting)) {
		(void)uv_timer_stop(timer);
	}
}

static void on_attached(struct enc_vault_watcher *watcher)
{
	work_off(ENC_HOLDER(watcher, struct enc_signatures, watcher));
}

/* wait_for() - try again later */
static void wait_for(struct signing *signing)
{
	struct enc_signatures *signatures = signing->signatures;

	if (signatures->freed ||
	    signatures->waiting_count == ENC_SIGNATURES_WAITING_MAX) {
		enc_log(ENC_LOG_WARNING, signing->log.session,
			"the log isn't signed until its signature is asked "
			"for");
		free(signing);
		return;
	}
	enc_list_append(&signatures->waiting, &signing->link);
	signatures->waiting_count++;
	if (!uv_is_active((uv_handle_t *)&signatures->timer)) {
		ENC_MUST(uv_timer_start(&signatures->timer, on_timer, AGAIN_MS,
					AGAIN_MS));
	}
}

/* ---- signing ---- */

/* end() - tell who has asked; @code says whether there is a signature */
static void end(struct signing *signing, enum enc_code code,
		const struct enc_error *err)
{
	if (signing->told != NULL && !signing->signatures->freed) {
		signing->told(signing->context, code, err,
			      code == ENC_OK ? signing->hex : NULL);
	}
	free(signing);
}

/* give_up() - end it, or try again if that may help and nobody has asked */
static void give_up(struct signing *signing, enum enc_code code,
		    const struct enc_error *err)
{
	bool hopeless = code != ENC_UNAVAILABLE && code != ENC_BUSY &&
			code != ENC_STORAGE_FULL;

	if (hopeless) {
		enc_log(ENC_LOG_ERROR, signing->log.session,
			"the log isn't signed: %s", err->message);
	}
	if (hopeless || signing->told != NULL) {
		end(signing, code, err);
	} else {
		wait_for(signing);
	}
}

static void on_stored(void *context, enum enc_code code,
		      const struct enc_error *err)
{
	struct signing *signing = context;
	struct enc_signatures *signatures = signing->signatures;

	/* Who has asked gets it also if it has to be signed again. */
	if (code == ENC_OK || code == ENC_CONFLICT || signing->told != NULL) {
		end(signing, ENC_OK, NULL);
	} else {
		give_up(signing, code, err);
	}
	if (!signatures->freed) {
		work_off(signatures);
	}
	settle(signatures);
}

static void on_signed(void *context, enum enc_code code,
		      const struct enc_error *err, const uint8_t *body,
		      size_t length)
{
	struct signing *signing = context;
	struct enc_signatures *signatures = signing->signatures;
	struct enc_store_signature row = {
		.base.type = &enc_store_signatures,
		.org = signing->log.org,
		.number = signing->log.number,
		.signature = signing->hex,
	};
	struct enc_store_change *change;

	if (signatures->freed) {
		free(signing);
		settle(signatures);
		return;
	}
	if (code != ENC_OK) {
		give_up(signing, code, err);
		settle(signatures);
		return;
	}
	enc_hex_encode(body, length, signing->hex);
	change = enc_store_change_new();
	enc_store_insert(change, &row.base);
	enc_store_submit(signatures->store, change, on_stored, signing);
}

/* sign() - ask the vault; on failure nothing has begun */
static enum enc_code sign(struct signing *signing, struct enc_error *err)
{
	const struct enc_sealed_log *log = &signing->log;
	struct enc_vault_statement statement = { .count = log->count,
						 .time_ms = log->time_ms };
	enum enc_code code;

	ENC_MUST(enc_hex_decode(log->head, strlen(log->head), statement.head));
	(void)snprintf(statement.org, sizeof(statement.org), "%.63s", log->org);
	(void)snprintf(statement.session, sizeof(statement.session), "%.63s",
		       log->session);
	code = enc_vault_sign(signing->signatures->vault, &statement, on_signed,
			      signing, err);
	if (code == ENC_OK) {
		signing->signatures->pending++;
	}
	return code;
}

static struct signing *signing_new(struct enc_signatures *signatures,
				   const struct enc_sealed_log *log)
{
	struct signing *signing = enc_xalloc(sizeof(*signing));

	enc_list_init(&signing->link);
	signing->signatures = signatures;
	signing->log = *log;
	return signing;
}

void enc_signatures_add(struct enc_signatures *signatures,
			const struct enc_sealed_log *log)
{
	struct enc_error err = { 0 };
	struct signing *signing;

	if (signatures == NULL) {
		return;
	}
	signing = signing_new(signatures, log);
	if (signatures->pending >= AT_ONCE_MAX ||
	    sign(signing, &err) != ENC_OK) {
		wait_for(signing);
	}
}

enum enc_code enc_signatures_get(struct enc_signatures *signatures,
				 const struct enc_sealed_log *log,
				 enc_signature_fn *told, void *context,
				 struct enc_error *err)
{
	enc_autorow struct enc_store_signature row = {
		.base.type = &enc_store_signatures,
		.org = log->org,
		.number = log->number,
	};
	struct enc_error why = { 0 };
	struct signing *signing;
	enum enc_code code = enc_store_get(signatures->store, &row.base, &why);

	if (code == ENC_OK) {
		told(context, ENC_OK, NULL, row.signature);
		return ENC_OK;
	}
	if (code != ENC_NOT_FOUND) {
		return enc_fail(err, code, "%s", why.message);
	}
	signing = signing_new(signatures, log);
	signing->told = told;
	signing->context = context;
	code = sign(signing, err);
	if (code != ENC_OK) {
		free(signing);
	}
	return code;
}

/* ---- the whole ---- */

bool enc_signatures_busy(const struct enc_signatures *signatures)
{
	return signatures != NULL && signatures->pending > 0;
}

struct enc_vault_client *enc_signatures_vault(struct enc_signatures *signatures)
{
	return signatures->vault;
}

struct enc_signatures *enc_signatures_new(uv_loop_t *loop,
					  struct enc_store *store,
					  struct enc_vault_client *vault)
{
	struct enc_signatures *signatures = enc_xalloc(sizeof(*signatures));

	signatures->store = store;
	signatures->vault = vault;
	enc_list_init(&signatures->waiting);
	ENC_MUST(uv_timer_init(loop, &signatures->timer));
	signatures->watcher.attached = on_attached;
	enc_vault_client_watch(vault, &signatures->watcher);
	return signatures;
}

void enc_signatures_free(struct enc_signatures *signatures)
{
	if (signatures == NULL) {
		return;
	}
	enc_vault_client_unwatch(&signatures->watcher);
	signatures->freed = true;
	while (!enc_list_empty(&signatures->waiting)) {
		struct signing *signing = ENC_HOLDER(signatures->waiting.next,
						     struct signing, link);

		enc_list_remove(&signing->link);
		free(signing);
	}
	signatures->pending++;
	settle(signatures);
}
