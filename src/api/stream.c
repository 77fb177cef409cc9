/*
 * GET /sessions/{id}/stream: past and new entries of a session's log, as
 * server-sent events. Events are made from the log of a live session or from
 * the store, when the client has read the events before them. So a reader takes
 * only the memory of events that are being sent.
 */

#include <string.h>

#include "api_internal.h"
#include "clock.h"
#include "gen_operations.h"
#include "log.h"
#include "session_stream.h"

enum {
	KEEPALIVE_MS = 15000,
	SESSION_STREAMS_MAX = 64,
	ORG_STREAMS_MAX = 256,
};

static const char event_stream[] = "text/event-stream";

struct reader {
	struct enc_list link; /* link in the API's list of streams */
	struct enc_api_later later;
	struct enc_api_turn turn;
	struct enc_session_observer observer;
	struct enc_api *api;
	char org[ENC_STORE_ID_MAX_BYTES + 1];
	char id[ENC_API_ID_BYTES];
	struct enc_session *session; /* session while it is live; else NULL */
	struct enc_session_stream at;
	uv_timer_t timer;
	int64_t written_ms; /* time at which bytes were last sent */
};

static void on_timer(uv_timer_t *timer);

static void on_timer_closed(uv_handle_t *handle)
{
	free(ENC_HOLDER((uv_timer_t *)handle, struct reader, timer));
}

static void release(struct reader *reader)
{
	enc_list_remove(&reader->link);
	enc_list_remove(&reader->observer.link);
	enc_api_turn_leave(&reader->turn);
	enc_api_later_end(&reader->later);
	uv_close((uv_handle_t *)&reader->timer, on_timer_closed);
}

static void on_gone(struct enc_api_later *later)
{
	release(ENC_HOLDER(later, struct reader, later));
}

static void ask_turn(struct reader *reader)
{
	enc_api_turn_ask(&reader->api->turns, &reader->turn);
}

static void on_room(struct enc_api_later *later)
{
	ask_turn(ENC_HOLDER(later, struct reader, later));
}

static void wait_for(struct reader *reader, uint64_t ms)
{
	ENC_MUST(uv_timer_start(&reader->timer, on_timer, ms, 0));
}

/* end() - end the stream; unless @whole, the client sees that it was cut off */
static void end(struct reader *reader, bool whole)
{
	struct enc_http_exchange *exchange = reader->later.exchange;

	release(reader);
	enc_http_stream_end(exchange, whole);
}

static void on_revoked(struct enc_api_later *later)
{
	end(ENC_HOLDER(later, struct reader, later), /* whole= */ false);
}

static void send_bytes(struct reader *reader, const void *bytes, size_t length)
{
	reader->written_ms = enc_clock_mono_ms();
	if (enc_http_stream_write(reader->later.exchange, bytes, length) < 0) {
		end(reader, /* whole= */ false);
	} else if (reader->at.ended) {
		end(reader, /* whole= */ true);
	} else {
		ask_turn(reader);
	}
}

/* on_turn() - send the next events, if the client has read enough */
static void on_turn(struct enc_api_turn *turn)
{
	struct reader *reader = ENC_HOLDER(turn, struct reader, turn);
	struct enc_session_log *log =
		reader->session == NULL ? NULL : &reader->session->log;
	const struct enc_session_source source = {
		.log = log,
		.store = reader->api->options.store,
		.id = reader->id,
	};
	ENC_AUTO(buf) events = ENC_BUF(ENC_RESULT_PIECE_MAX_BYTES);
	struct enc_error err = { 0 };
	bool all = true;

	if (!enc_http_stream_has_room(reader->later.exchange)) {
		return; /* on_room() asks for the next turn */
	}
	if (log != NULL) {
		all = enc_session_log_cut(log, enc_clock_wall_ms());
	}
	if (enc_session_stream_next(&reader->at, &source, &events, &err) !=
	    ENC_OK) {
		enc_log(ENC_LOG_ERROR, reader->id, "a stream is cut off: %s",
			err.message);
		end(reader, /* whole= */ false);
	} else if (events.length > 0) {
		send_bytes(reader, enc_buf_bytes(&events), events.length);
	} else if (reader->session == NULL) {
		/* The session has no further events. */
		end(reader, /* whole= */ true);
	} else if (reader->session->unrecorded.code != ENC_OK) {
		/* The client comes back, and is told why there is no end. */
		end(reader, /* whole= */ false);
	} else if (!all) {
		wait_for(reader, ENC_SESSION_LOG_PAUSE_MS);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct reader *reader = ENC_HOLDER(timer, struct reader, timer);
	static const char comment[] = ": keepalive\n\n";

	wait_for(reader, KEEPALIVE_MS);
	/* A comment inside of an event would damage it. */
	if (!reader->at.result &&
	    enc_http_stream_waiting(reader->later.exchange) == 0 &&
	    enc_clock_mono_ms() - reader->written_ms >= KEEPALIVE_MS) {
		send_bytes(reader, comment, sizeof(comment) - 1);
	} else {
		ask_turn(reader);
	}
}

static void on_news(struct enc_session_observer *observer,
		    struct enc_session *session, enum enc_session_news news)
{
	struct reader *reader = ENC_HOLDER(observer, struct reader, observer);

	(void)session;
	if (news == ENC_SESSION_LOST) {
		end(reader, /* whole= */ false);
		return;
	}
	if (news == ENC_SESSION_SEALED) {
		/* The live session is freed now. All its entries are stored. */
		enc_list_remove(&reader->observer.link);
		reader->session = NULL;
	}
	ask_turn(reader);
}

/* check_room() - fail if session or organisation has too many streams */
static enum enc_code check_room(const struct enc_api_call *call,
				struct enc_error *err)
{
	size_t of_session = 0;
	size_t of_org = 0;

	ENC_LIST_EACH(call->api->streams, at)
	{
		const struct reader *reader =
			ENC_HOLDER(at, struct reader, link);

		of_session += strcmp(reader->id, call->ids[0]) == 0;
		of_org += strcmp(reader->org, call->caller.org) == 0;
	}
	if (of_session >= SESSION_STREAMS_MAX) {
		return enc_fail(
			err, ENC_BUSY,
			"the session has %d streams already: close one, "
			"or read its result when it has ended",
			SESSION_STREAMS_MAX);
	}
	if (of_org >= ORG_STREAMS_MAX) {
		return enc_fail(
			err, ENC_BUSY,
			"the organisation has %d streams already: close "
			"one of them first",
			ORG_STREAMS_MAX);
	}
	return ENC_OK;
}

/* read_last() - the number in Last-Event-ID; 0: the header is absent */
static enum enc_code read_last(const struct enc_api_call *call,
			       uint64_t *ret_last, struct enc_error *err)
{
	const struct enc_text *last =
		enc_http1_find(call->request->head, "last-event-id");
	char id[32];

	*ret_last = 0;
	if (last == NULL) {
		return ENC_OK;
	}
	(void)snprintf(id, sizeof(id), "%.*s",
		       (int)ENC_MIN(last->length, sizeof(id) - 1), last->bytes);
	if (!enc_session_stream_parse(id, ret_last)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"Last-Event-ID is not one that was given here");
	}
	return ENC_OK;
}

/*
 * begin() - start the event stream
 * @live: the session; NULL if it isn't live
 * @at:   the client's position in the log
 */
static void begin(struct enc_api_call *call, struct enc_session *live,
		  const struct enc_session_stream *at)
{
	struct reader *reader = enc_xalloc(sizeof(*reader));

	reader->later.gone = on_gone;
	reader->later.room = on_room;
	reader->later.revoked = on_revoked;
	reader->observer.told = on_news;
	enc_api_turn_init(&reader->turn, on_turn);
	enc_list_init(&reader->observer.link);
	reader->api = call->api;
	(void)snprintf(reader->org, sizeof(reader->org), "%s",
		       call->caller.org);
	(void)snprintf(reader->id, sizeof(reader->id), "%s", call->ids[0]);
	reader->session = live;
	reader->at = *at;
	reader->written_ms = enc_clock_mono_ms();
	enc_list_append(&call->api->streams, &reader->link);
	ENC_MUST(uv_timer_init(call->api->options.loop, &reader->timer));
	if (live != NULL) {
		enc_list_append(&live->observers, &reader->observer.link);
	}
	enc_api_later_begin(&reader->later, call);
	enc_http_stream_begin(call->exchange, event_stream);
	wait_for(reader, KEEPALIVE_MS);
	ask_turn(reader);
}

enum enc_code op_streamSession(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_store *store = call->api->options.store;
	struct enc_session *live =
		enc_orchestrator_find(call->api->options.orchestrator,
				      call->caller.org, call->ids[0]);
	struct enc_session *stored = NULL;
	const struct enc_session_source source = {
		.log = live == NULL ? NULL : &live->log,
		.store = store,
		.id = call->ids[0],
	};
	struct enc_session_stream at;
	uint64_t last = 0;
	enum enc_code code = read_last(call, &last, err);

	if (code == ENC_OK && live != NULL && live->unrecorded.code != ENC_OK) {
		*err = live->unrecorded;
		return err->code;
	}
	if (code == ENC_OK && live == NULL &&
	    enc_session_load(store, call->caller.org, call->ids[0], &stored,
			     err) != ENC_OK) {
		return enc_fail(err, err->code, "there is no session %s",
				call->ids[0]);
	}
	if (code == ENC_OK) {
		code = check_room(call, err);
	}
	if (code == ENC_OK) {
		code = enc_session_stream_open(&at, &source, last,
					       live == NULL
						       ? stored->last_seq
						       : live->log.last_seq,
					       err);
	}
	enc_session_free(stored);
	if (code == ENC_OK && at.ended) {
		enc_http_reply_nothing(call->exchange);
	} else if (code == ENC_OK && enc_http_is_head(call->exchange)) {
		enc_http_reply_head(call->exchange, 200, event_stream);
	} else if (code == ENC_OK) {
		begin(call, live, &at);
	}
	return code;
}
