/*
 * GET /sessions/{id}/stream: what has happened and what happens, as
 * server-sent events. A reader that is too slow is cut off; with the id of the
 * last event that it got it goes on exactly there.
 */

#include <string.h>

#include "api_internal.h"
#include "gen_operations.h"

enum {
	KEEPALIVE_MS = 15000,
	EVENT_MAX_BYTES = 256 << 20,
	/* More waits in the session, not in the socket. */
	AHEAD_BYTES = 256 * 1024,
	RETRY_MS = 20, /* to see whether the reader has caught up */
};

struct reader {
	struct enc_api_later later;
	struct enc_session_observer observer;
	struct enc_http_exchange *exchange;
	struct enc_api *api;
	char org[ENC_STORE_ID_MAX_BYTES + 1];
	char id[ENC_API_ID_BYTES];
	struct enc_session *session; /* NULL: it isn't live, but stored */
	struct enc_session_cursor cursor;
	uv_timer_t timer;
	bool done;
	bool over; /* the session has nothing more to say */
};

static void on_timer(uv_timer_t *timer);

static void on_timer_closed(uv_handle_t *handle)
{
	struct reader *reader =
		ENC_HOLDER((uv_timer_t *)handle, struct reader, timer);

	free(reader);
}

static void release(struct reader *reader)
{
	if (reader->done) {
		return;
	}
	reader->done = true;
	enc_list_remove(&reader->observer.link);
	enc_api_later_end(&reader->later);
	uv_close((uv_handle_t *)&reader->timer, on_timer_closed);
}

static void on_gone(struct enc_api_later *later)
{
	release(ENC_HOLDER(later, struct reader, later));
}

static void wait_for(struct reader *reader, uint64_t ms)
{
	ENC_ASSERT(uv_timer_start(&reader->timer, on_timer, ms, 0) == 0);
}

/* cut() - the client sees that this is not the end, and comes again */
static void cut(struct reader *reader)
{
	struct enc_http_exchange *exchange = reader->exchange;

	release(reader);
	enc_http_stream_end(exchange, /* whole= */ false);
}

static void on_revoked(struct enc_api_later *later)
{
	cut(ENC_HOLDER(later, struct reader, later));
}

/* pump() - all that there is, as far as the reader keeps up */
static void pump(struct reader *reader, const struct enc_session *session)
{
	ENC_AUTO(buf) event = ENC_BUF(EVENT_MAX_BYTES);
	bool more = true;

	while (!reader->done && more) {
		if (enc_http_stream_waiting(reader->exchange) > AHEAD_BYTES) {
			wait_for(reader, RETRY_MS);
			return;
		}
		enc_buf_clear(&event);
		more = enc_session_next_event(session, &reader->cursor, &event);
		if (more && enc_http_stream_write(reader->exchange,
						  enc_buf_bytes(&event),
						  event.length) < 0) {
			cut(reader);
		}
	}
	if (!reader->done && (reader->cursor.end || reader->over)) {
		struct enc_http_exchange *exchange = reader->exchange;

		release(reader);
		enc_http_stream_end(exchange, /* whole= */ true);
	}
}

/*
 * pump_stored() - the same of a session that isn't live. It is loaded each
 * time, and only for a reader that has caught up: one that doesn't read holds
 * nothing.
 */
static void pump_stored(struct reader *reader)
{
	struct enc_session *stored = NULL;
	struct enc_error err = { 0 };

	if (enc_http_stream_waiting(reader->exchange) > AHEAD_BYTES) {
		wait_for(reader, RETRY_MS);
		return;
	}
	if (enc_session_load(reader->api->options.store, reader->org,
			     reader->id, &stored, &err) != ENC_OK) {
		cut(reader);
		return;
	}
	/* All there will ever be is there. */
	reader->over = true;
	pump(reader, stored);
	enc_session_free(stored);
}

static void on_timer(uv_timer_t *timer)
{
	struct reader *reader = ENC_HOLDER(timer, struct reader, timer);
	static const char comment[] = ": keepalive\n\n";

	if (enc_http_stream_waiting(reader->exchange) == 0) {
		ENC_IGNORE(enc_http_stream_write(reader->exchange, comment,
						 sizeof(comment) - 1));
	}
	wait_for(reader, KEEPALIVE_MS);
	if (reader->session != NULL) {
		pump(reader, reader->session);
	} else {
		pump_stored(reader);
	}
}

static void on_news(struct enc_session_observer *observer,
		    struct enc_session *session, enum enc_session_news news)
{
	struct reader *reader = ENC_HOLDER(observer, struct reader, observer);

	reader->over = news == ENC_SESSION_SEALED || news == ENC_SESSION_LOST;
	pump(reader, session);
	if (reader->done || !reader->over) {
		return;
	}
	/* The session goes now. What this reader lacks is in the store. */
	enc_list_remove(&reader->observer.link);
	reader->session = NULL;
	if (news == ENC_SESSION_LOST) {
		cut(reader);
	}
}

enum enc_code op_streamSession(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_text *last =
		enc_http1_find(call->request->head, "last-event-id");
	struct enc_session *live =
		enc_orchestrator_find(call->api->options.orchestrator,
				      call->caller.org, call->ids[0]);
	struct enc_session *stored = NULL;
	struct enc_session_cursor cursor = { 0 };
	struct reader *reader;
	char id[64];

	if (last != NULL) {
		(void)snprintf(id, sizeof(id), "%.*s",
			       (int)ENC_MIN(last->length, sizeof(id) - 1),
			       last->bytes);
		if (!enc_session_cursor_parse(id, &cursor)) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"Last-Event-ID is not one that was "
					"given here");
		}
	}
	if (live == NULL &&
	    enc_session_load(call->api->options.store, call->caller.org,
			     call->ids[0], &stored, err) != ENC_OK) {
		return enc_fail(err, err->code, "there is no session %s",
				call->ids[0]);
	}
	enc_session_free(stored); /* it was only whether there is one */
	reader = enc_xalloc(sizeof(*reader));
	reader->later.gone = on_gone;
	reader->later.revoked = on_revoked;
	reader->observer.told = on_news;
	enc_list_init(&reader->observer.link);
	reader->exchange = call->exchange;
	reader->api = call->api;
	(void)snprintf(reader->org, sizeof(reader->org), "%s",
		       call->caller.org);
	(void)snprintf(reader->id, sizeof(reader->id), "%s", call->ids[0]);
	reader->session = live;
	reader->cursor = cursor;
	ENC_ASSERT(uv_timer_init(call->api->options.loop, &reader->timer) == 0);
	if (live != NULL) {
		enc_list_append(&live->observers, &reader->observer.link);
	}
	enc_api_later_begin(&reader->later, call);
	enc_http_stream_begin(call->exchange, "text/event-stream");
	wait_for(reader, KEEPALIVE_MS);
	if (live != NULL) {
		pump(reader, live);
	} else {
		pump_stored(reader);
	}
	return ENC_OK;
}
