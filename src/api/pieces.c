#include "pieces.h"
#include "log.h"

enum { WHOLE_BYTES = 64 * 1024 }; /* longer answers are sent in pieces */

/* An answer that is being made or sent. */
struct answer {
	struct enc_api_later later;
	struct enc_api_turn turn;
	struct enc_api *api;
	struct enc_api_source *source;
	int status;
	const char *content_type; /* media type; a static string */
	struct enc_buf head;	  /* pieces collected before sending begins */
	bool begun;		  /* sending of the answer has begun */
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
	enc_buf_done(&answer->head);
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

/* end() - end the answer; unless @whole, the client sees that it was cut off */
static void end(struct answer *answer, bool whole)
{
	struct enc_http_exchange *exchange = answer->later.exchange;

	release(answer);
	enc_http_stream_end(exchange, whole);
}

/* fail() - answer with an error, if sending hasn't begun */
static void fail(struct answer *answer, const struct enc_error *err)
{
	struct enc_http_exchange *exchange = answer->later.exchange;

	release(answer);
	enc_http_reply_error(exchange, err);
}

/* reply() - send an answer that was collected as a whole */
static void reply(struct answer *answer)
{
	struct enc_http_exchange *exchange = answer->later.exchange;
	ENC_AUTO(buf) body = answer->head;
	const char *content_type = answer->content_type;
	int status = answer->status;

	answer->head = ENC_BUF(0);
	release(answer);
	enc_http_reply(exchange, status, content_type, "", enc_buf_bytes(&body),
		       body.length);
}

static void send_piece(struct answer *answer, const struct enc_buf *piece,
		       bool done)
{
	if (enc_http_stream_write(answer->later.exchange, enc_buf_bytes(piece),
				  piece->length) < 0) {
		end(answer, /* whole= */ false);
	} else if (done) {
		end(answer, /* whole= */ true);
	} else {
		enc_api_turn_ask(&answer->api->turns, &answer->turn);
	}
}

/*
 * grow_head() - collect one piece, which may be empty
 *
 * Sending begins when the answer is complete, or has reached WHOLE_BYTES.
 */
static void grow_head(struct answer *answer)
{
	struct enc_error err = { 0 };
	bool done = false;
	enum enc_code code = answer->source->next(answer->source, &answer->head,
						  &done, &err);

	if (code != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "an answer: %s", err.message);
		fail(answer, &err);
	} else if (done) {
		reply(answer);
	} else if (enc_http_is_head(answer->later.exchange)) {
		struct enc_http_exchange *exchange = answer->later.exchange;
		const char *content_type = answer->content_type;
		int status = answer->status;

		release(answer);
		enc_http_reply_head(exchange, status, content_type);
	} else if (answer->head.length < WHOLE_BYTES) {
		enc_api_turn_ask(&answer->api->turns, &answer->turn);
	} else {
		ENC_AUTO(buf) head = answer->head;

		answer->head = ENC_BUF(0);
		answer->begun = true;
		enc_http_answer_begin(answer->later.exchange, answer->status,
				      answer->content_type);
		send_piece(answer, &head, /* done= */ false);
	}
}

static void on_turn(struct enc_api_turn *turn)
{
	struct answer *answer = ENC_HOLDER(turn, struct answer, turn);
	ENC_AUTO(buf) piece = ENC_BUF(ENC_API_PIECE_MAX_BYTES);
	struct enc_error err = { 0 };
	bool done = false;

	if (!answer->begun) {
		grow_head(answer);
		return;
	}
	if (!enc_http_stream_has_room(answer->later.exchange)) {
		return; /* on_room() asks for the next turn */
	}
	if (answer->source->next(answer->source, &piece, &done, &err) !=
	    ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "an answer is cut off: %s",
			err.message);
		end(answer, /* whole= */ false);
		return;
	}
	send_piece(answer, &piece, done);
}

/* on_revoked() - cut the answer off; fail with 401 if sending hasn't begun */
static void on_revoked(struct enc_api_later *later)
{
	struct answer *answer = ENC_HOLDER(later, struct answer, later);
	struct enc_error err = { 0 };

	if (answer->begun) {
		end(answer, /* whole= */ false);
		return;
	}
	(void)enc_fail(&err, ENC_UNAUTHORIZED,
		       "the key was revoked while this request waited");
	fail(answer, &err);
}

struct enc_api_asker enc_api_asker_of(const struct enc_api_call *call)
{
	return (struct enc_api_asker){ call->api, call->exchange,
				       call->caller.key };
}

void enc_api_answer(const struct enc_api_asker *asker, int status,
		    const char *content_type, struct enc_api_source *source)
{
	struct answer *answer = enc_xalloc(sizeof(*answer));

	answer->later.gone = on_gone;
	answer->later.room = on_room;
	answer->later.revoked = on_revoked;
	enc_api_turn_init(&answer->turn, on_turn);
	answer->api = asker->api;
	answer->source = source;
	answer->status = status;
	answer->content_type = content_type;
	answer->head = ENC_BUF(WHOLE_BYTES + ENC_API_PIECE_MAX_BYTES);
	enc_api_later_begin_for(&answer->later, asker->api, asker->exchange,
				asker->key);
	if (enc_list_empty(&asker->api->turns.waiting)) {
		grow_head(answer);
	} else {
		enc_api_turn_ask(&asker->api->turns, &answer->turn);
	}
}
