#include "pieces.h"
#include "log.h"

enum { WHOLE_BYTES = 64 * 1024 }; /* what is made before anything is sent */

/* One answer on its way. */
struct answer {
	struct enc_api_later later;
	struct enc_api_turn turn;
	struct enc_api *api;
	struct enc_api_source *source;
};

static void free_source(struct enc_api_source *source)
{
	if (source->done != NULL) {
		source->done(source);
	}
	free(source);
}

static void release(struct answer *answer)
{
	enc_api_later_end(&answer->later);
	enc_api_turn_leave(&answer->turn);
	free_source(answer->source);
	free(answer);
}

static void on_gone(struct enc_api_later *later)
{
	release(ENC_HOLDER(later, struct answer, later));
}

static void on_room(struct enc_api_later *later)
{
	struct answer *answer = ENC_HOLDER(later, struct answer, later);

	enc_api_turn_ask(&answer->api->turns, &answer->turn);
}

/* end() - after the last piece, or instead of the next */
static void end(struct answer *answer, bool whole)
{
	struct enc_http_exchange *exchange = answer->later.exchange;

	release(answer);
	enc_http_stream_end(exchange, whole);
}

static void on_turn(struct enc_api_turn *turn)
{
	struct answer *answer = ENC_HOLDER(turn, struct answer, turn);
	ENC_AUTO(buf) piece = ENC_BUF(ENC_API_PIECE_MAX_BYTES);
	struct enc_error err = { 0 };
	bool done = false;

	if (!enc_http_stream_has_room(answer->later.exchange)) {
		return; /* told when there is */
	}
	if (answer->source->next(answer->source, &piece, &done, &err) !=
	    ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "an answer is cut off: %s",
			err.message);
		end(answer, /* whole= */ false);
		return;
	}
	if (enc_http_stream_write(answer->later.exchange, enc_buf_bytes(&piece),
				  piece.length) < 0) {
		end(answer, /* whole= */ false);
	} else if (done) {
		end(answer, /* whole= */ true);
	} else {
		enc_api_turn_ask(&answer->api->turns, turn);
	}
}

/* on_revoked() - the rest isn't for who has the key now */
static void on_revoked(struct enc_api_later *later)
{
	end(ENC_HOLDER(later, struct answer, later), /* whole= */ false);
}

/* send_rest() - @begun is what there is, and more comes */
static void send_rest(const struct enc_api_asker *asker,
		      struct enc_api_source *source,
		      const struct enc_buf *begun)
{
	struct answer *answer = enc_xalloc(sizeof(*answer));

	answer->later.gone = on_gone;
	answer->later.room = on_room;
	answer->later.revoked = on_revoked;
	enc_api_turn_init(&answer->turn, on_turn);
	answer->api = asker->api;
	answer->source = source;
	enc_api_later_begin_for(&answer->later, asker->api, asker->exchange,
				asker->key);
	if (enc_http_stream_write(asker->exchange, enc_buf_bytes(begun),
				  begun->length) < 0) {
		end(answer, /* whole= */ false);
	} else {
		enc_api_turn_ask(&asker->api->turns, &answer->turn);
	}
}

struct enc_api_asker enc_api_asker_of(const struct enc_api_call *call)
{
	return (struct enc_api_asker){ call->api, call->exchange,
				       call->caller.key };
}

void enc_api_answer(const struct enc_api_asker *asker, int status,
		    const char *content_type, struct enc_api_source *source)
{
	ENC_AUTO(buf) begun = ENC_BUF(WHOLE_BYTES + ENC_API_PIECE_MAX_BYTES);
	struct enc_error err = { 0 };
	enum enc_code code = ENC_OK;
	bool done = false;

	while (code == ENC_OK && !done && begun.length < WHOLE_BYTES) {
		code = source->next(source, &begun, &done, &err);
	}
	if (code == ENC_OK && !done) {
		enc_http_answer_begin(asker->exchange, status, content_type);
		send_rest(asker, source, &begun);
		return;
	}
	free_source(source);
	if (code != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "an answer: %s", err.message);
		enc_http_reply_error(asker->exchange, &err);
	} else {
		enc_http_reply(asker->exchange, status, content_type, "",
			       enc_buf_bytes(&begun), begun.length);
	}
}
