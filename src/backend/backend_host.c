/*
 * The backend for sandboxes of this machine, native and gVisor. The launcher in
 * enclaved makes them; their gates relay their frames.
 *
 * Each sandbox has two sources of facts. The launcher's channel, which all
 * sandboxes share, reports why and when it ended. The control link to its gate
 * reports what happened in it. A report is made when all of its parts have
 * come:
 *
 *	READY  = CREATED and READY
 *	ENDED  = ENDED and (TALLY or the end of the link)
 *	gone   = GONE (or nothing was made) and every handle is closed
 *
 * Each sandbox has one timer. It limits every wait that doesn't depend on the
 * program: for READY, for CLAIMED, and for the second source once the first has
 * reported the end. host_end.c has the end.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host_facts.h"
#include "host_frames.h"
#include "host_internal.h"
#include "log.h"

enum {
	/* gVisor took over 30 s on an emulated machine beside other work. */
	READY_DEADLINE_MS = 90000,
	READ_BYTES = 1 << 16,
	/* Requests that the launcher hasn't read yet. */
	QUEUE_MAX_BYTES = 1 << 20,
};

struct host_backend {
	struct enc_backend base;
	uv_poll_t poll;
	int channel;
	uint64_t last_tag;
	/*
	 * Requests that aren't sent yet. Each is a whole union
	 * enc_launch_message.
	 */
	struct enc_buf queue;
	char *read_bytes; /* shared by all links; valid in a read callback */
};

static struct host_backend *backend_of(struct enc_backend *backend)
{
	ENC_ASSERT(backend->ops == &enc_backend_host);
	return ENC_HOLDER(backend, struct host_backend, base);
}

static struct enc_host_sandbox *from_base(struct enc_sandbox *sandbox)
{
	ENC_ASSERT(sandbox->backend->ops == &enc_backend_host);
	return ENC_HOLDER(sandbox, struct enc_host_sandbox, base);
}

void enc_host_move(struct enc_host_sandbox *host, enum enc_host_state to)
{
	ENC_ASSERT(enc_host_state_may_move(host->state, to));
	enc_log(ENC_LOG_DEBUG, NULL, "sandbox %llu: %s -> %s",
		(unsigned long long)host->base.tag,
		enc_host_state_name(host->state), enc_host_state_name(to));
	host->state = to;
}

void enc_host_move_link(struct enc_host_sandbox *host, enum enc_host_link to)
{
	ENC_ASSERT(enc_host_link_may_move(host->link_state, to));
	enc_log(ENC_LOG_DEBUG, NULL, "sandbox %llu, link: %s -> %s",
		(unsigned long long)host->base.tag,
		enc_host_link_name(host->link_state), enc_host_link_name(to));
	host->link_state = to;
}

bool enc_host_left(const struct enc_host_sandbox *host)
{
	return host->base.state >= ENC_SANDBOX_ABANDONED;
}

/*
 * lose_track() - assume that nothing of the sandbox is left, since no report
 * about it can come any more. A sandbox that was destroyed needs no link then
 */
static void lose_track(struct enc_host_sandbox *host)
{
	if (host->state != ENC_HOST_GONE) {
		enc_host_move(host, ENC_HOST_GONE);
	}
	if (enc_host_left(host)) {
		enc_host_close_link(host);
	}
}

/* ---- the channel to the launcher ---- */

static void on_channel(uv_poll_t *poll, int status, int events);

/* lose() - give up the channel; the launcher then ends all sandboxes */
static void lose(struct host_backend *host, const char *what, int error)
{
	struct enc_error why = { 0 };

	(void)uv_poll_stop(&host->poll);
	(void)enc_fail(&why, ENC_UNAVAILABLE, "the launcher is lost: %s%s%s",
		       what, error != 0 ? ": " : "",
		       error != 0 ? strerror(-error) : "");
	enc_backend_report_lost(&host->base, &why);
	ENC_LIST_EACH(host->base.sandboxes, at)
	{
		struct enc_host_sandbox *one =
			from_base(ENC_HOLDER(at, struct enc_sandbox, link));

		lose_track(one);
		enc_host_settle(one);
	}
}

/* flush() - send the queued requests; false if the channel broke */
static bool flush(struct host_backend *host, int *ret_error)
{
	while (host->queue.length > 0) {
		union enc_launch_message message;
		int r;

		memcpy(&message, enc_buf_bytes(&host->queue), sizeof(message));
		r = enc_launch_send(host->channel, &message, -1);
		if (r == -EAGAIN) {
			return true;
		}
		if (r < 0) {
			*ret_error = r;
			return false;
		}
		enc_buf_consume(&host->queue, sizeof(message));
	}
	return true;
}

/* watch() - poll the channel; for room to write only while requests wait */
static void watch(struct host_backend *host)
{
	if (!host->base.lost) {
		(void)uv_poll_start(&host->poll,
				    UV_READABLE | (host->queue.length > 0
							   ? UV_WRITABLE
							   : 0),
				    on_channel);
	}
}

/*
 * ask() - send a request, or queue it until the launcher reads. A broken
 * channel is noticed by its poll. Return: 0; a negative errno if the queue is
 * full
 */
static int ask(struct host_backend *host,
	       const union enc_launch_message *message)
{
	int error = 0;
	int r = enc_buf_append(&host->queue, message, sizeof(*message));

	if (r == 0 && flush(host, &error)) {
		watch(host);
	}
	return r;
}

/*
 * ask_tagged() - send START, KILL or DESTROY, for which the queue always has
 * room
 */
static int ask_tagged(struct enc_host_sandbox *host,
		      enum enc_launch_opcode opcode)
{
	const union enc_launch_message message = {
		.tagged = { .opcode = opcode, .tag = host->base.tag },
	};

	return ask(backend_of(host->base.backend), &message);
}

static struct enc_host_sandbox *find(struct host_backend *host, uint64_t tag)
{
	ENC_LIST_EACH(host->base.sandboxes, at)
	{
		struct enc_host_sandbox *one =
			from_base(ENC_HOLDER(at, struct enc_sandbox, link));

		if (one->base.tag == tag) {
			return one;
		}
	}
	return NULL;
}

/* ---- the control link ---- */

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf);

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct enc_host_sandbox *host =
		ENC_HOLDER(handle, struct enc_host_sandbox, link);

	(void)suggested;
	buf->base = backend_of(host->base.backend)->read_bytes;
	buf->len = READ_BYTES;
}

/*
 * take_ready() - handle READY of the gate, which may come once. CREATED has
 * come before, since it brought the link.
 */
static int take_ready(struct enc_host_sandbox *host,
		      const struct enc_sandbox_facts *facts)
{
	if (!enc_host_link_may_move(host->link_state, ENC_HOST_LINK_READY)) {
		return -EPROTO;
	}
	enc_host_move_link(host, ENC_HOST_LINK_READY);
	host->ready.kind = ENC_REPORT_READY;
	host->ready.ready.self_check = facts->self_check;
	host->ready.ready.self_checked = true;
	if (host->base.state == ENC_SANDBOX_PREPARING) {
		(void)uv_timer_stop(&host->timer);
		enc_sandbox_report(&host->base, &host->ready);
	}
	return 0;
}

/*
 * take_frame() - handle a frame of the gate. Return: 0; -EPROTO if the gate may
 * not send it now
 */
static int take_frame(struct enc_host_sandbox *host,
		      const struct enc_frame *frame)
{
	struct enc_report report;
	int r;

	if (frame->type == ENC_FRAME_EXIT) {
		host->exit_known = true;
		return enc_message_exit_parse(frame->payload,
					      frame->payload_length,
					      &host->exit_told);
	}
	if (frame->type == ENC_FRAME_TALLY) {
		r = enc_message_tally_parse(frame->payload,
					    frame->payload_length,
					    &host->end.tally);
		host->end.tallied = r == 0;
		if (r == 0) {
			enc_host_move_link(host, ENC_HOST_LINK_OVER);
		}
		return r;
	}
	r = enc_host_frames_report(frame, &report);
	if (r < 0) {
		return r;
	}
	if (report.kind != ENC_REPORT_READY) {
		enc_sandbox_report(&host->base, &report);
		return 0;
	}
	return take_ready(host, &report.ready);
}

/* take_frames() - handle all complete frames */
static int take_frames(struct enc_host_sandbox *host)
{
	while (host->link_state < ENC_HOST_LINK_OVER) {
		struct enc_frame frame;
		int taken = enc_frame_parse(ENC_FRAME_FROM_GATE_UP,
					    enc_buf_bytes(&host->in),
					    host->in.length, &frame);
		int r;

		if (taken <= 0) {
			return taken;
		}
		r = take_frame(host, &frame);
		if (r < 0) {
			return r;
		}
		enc_buf_consume(&host->in, (size_t)taken);
	}
	return 0;
}

/*
 * host_hold() - stop or continue reading the link. From ENDED on the link is
 * always read: little is left to come, and the tally comes last.
 */
static void host_hold(struct enc_sandbox *sandbox, bool hold)
{
	struct enc_host_sandbox *host = from_base(sandbox);
	uv_stream_t *link = (uv_stream_t *)&host->link;

	if (host->link_state != ENC_HOST_LINK_READY) {
		return;
	}
	if (hold && host->state < ENC_HOST_ENDED) {
		(void)uv_read_stop(link);
	} else if (!hold) {
		(void)uv_read_start(link, on_alloc, on_read);
	}
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
	struct enc_host_sandbox *host =
		ENC_HOLDER(stream, struct enc_host_sandbox, link);
	int r = 0;

	if (length == 0) {
		return;
	}
	if (length > 0 && host->link_state < ENC_HOST_LINK_OVER) {
		r = enc_buf_append(&host->in, buf->base, (size_t)length);
		if (r == 0) {
			r = take_frames(host);
		}
	}
	if (r < 0) {
		enc_host_fail(host, "the gate broke the protocol");
	}
	if (length < 0 || r < 0) {
		enc_host_close_link(host);
	}
	if (host->link_state >= ENC_HOST_LINK_OVER) {
		enc_host_tell_end(host);
	} else if (host->state == ENC_HOST_ENDED) {
		enc_host_await_more(host);
	}
}

/* send_down() - send frames to the gate; takes @down, also on failure */
static enum enc_code send_down(struct enc_host_sandbox *host,
			       struct enc_host_down *down,
			       struct enc_error *err)
{
	if (host->link_state != ENC_HOST_LINK_READY) {
		enc_host_down_free(down);
	} else if (enc_host_down_send(down, (uv_stream_t *)&host->link) == 0) {
		return ENC_OK;
	}
	return enc_fail(err, ENC_BACKEND, "the gate is gone");
}

/* ---- reports of the launcher ---- */

/*
 * on_created() - take the control link of a new sandbox, unless its user has
 * destroyed it meanwhile
 */
static void on_created(struct enc_host_sandbox *host,
		       const struct enc_launch_created *created, int *link)
{
	uv_loop_t *loop = host->base.backend->options.loop;

	enc_host_move(host, ENC_HOST_MADE);
	host->ready.ready.layers = created->layers;
	host->ready.ready.init_us = created->init_us;
	host->ready.ready.gate_us = created->gate_us;
	if (enc_host_left(host) || *link < 0) {
		enc_host_move_link(host, ENC_HOST_LINK_CLOSED);
		return;
	}
	(void)uv_pipe_init(loop, &host->link, /* ipc= */ 0);
	host->handles++;
	enc_host_move_link(host, ENC_HOST_LINK_OPEN);
	if (uv_pipe_open(&host->link, *link) < 0) {
		enc_host_fail(host, "the control link can't be used");
		return;
	}
	*link = -1;
	if (uv_read_start((uv_stream_t *)&host->link, on_alloc, on_read) < 0) {
		enc_host_fail(host, "the control link can't be read");
	}
}

static void on_failed(struct enc_host_sandbox *host,
		      const struct enc_launch_failed *failed)
{
	struct enc_error why = { 0 };

	(void)enc_fail(&why,
		       failed->code > ENC_OK && failed->code < ENC_CODE_MAX
			       ? (enum enc_code)failed->code
			       : ENC_BACKEND,
		       "%s", failed->message);
	if (host->state == ENC_HOST_MAKING) {
		/*
		 * The launcher has nothing left of a sandbox whose making
		 * failed.
		 */
		enc_host_move(host, ENC_HOST_GONE);
	}
	enc_sandbox_report_failed(&host->base, &why);
	enc_host_settle(host);
}

static void on_host(struct host_backend *host,
		    const struct enc_launch_host *told)
{
	if (host->base.opened) {
		lose(host, "HOST came twice", 0);
		return;
	}
	if (!enc_host_facts_host(&host->base.facts, told,
				 host->base.options.first)) {
		lose(host, "it lacks the default backend", 0);
		return;
	}
	enc_backend_report_opened(&host->base);
}

/*
 * on_claimed() - note that the limits are in force. Ignored if the sandbox is
 * ending, as the timer then belongs to the end.
 */
static void on_claimed(struct enc_host_sandbox *host)
{
	if (host->base.state == ENC_SANDBOX_CLAIMING &&
	    host->state == ENC_HOST_MADE &&
	    host->link_state == ENC_HOST_LINK_READY) {
		(void)uv_timer_stop(&host->timer);
		enc_sandbox_claimed(&host->base);
	}
}

/* on_message() - handle a checked message; takes *fd if the message needs it */
static void on_message(struct host_backend *host,
		       const union enc_launch_message *message, int *fd)
{
	struct enc_host_sandbox *one = NULL;

	switch ((enum enc_launch_opcode)message->opcode) {
	case ENC_LAUNCH_ENVIRONMENT:
		if (!enc_host_facts_environment(&host->base.facts,
						&message->environment)) {
			lose(host, "environments out of order", 0);
		}
		return;
	case ENC_LAUNCH_PLACE:
		if (host->base.opened ||
		    !enc_host_facts_place(&host->base.facts, &host->base,
					  &message->place)) {
			lose(host, "places out of order", 0);
		}
		return;
	case ENC_LAUNCH_HOST:
		on_host(host, &message->host);
		return;
	case ENC_LAUNCH_CREATED:
		one = find(host, message->created.tag);
		if (one != NULL && one->state == ENC_HOST_MAKING) {
			on_created(one, &message->created, fd);
		}
		return;
	case ENC_LAUNCH_FAILED:
		one = find(host, message->failed.tag);
		if (one != NULL) {
			on_failed(one, &message->failed);
		}
		return;
	case ENC_LAUNCH_CLAIMED:
		one = find(host, message->tagged.tag);
		if (one != NULL) {
			on_claimed(one);
		}
		return;
	case ENC_LAUNCH_ENDED:
		one = find(host, message->ended.tag);
		if (one != NULL &&
		    enc_host_state_may_move(one->state, ENC_HOST_ENDED)) {
			enc_host_take_ended(one, &message->ended);
			host_hold(&one->base, /* hold= */ false);
		}
		return;
	case ENC_LAUNCH_GONE:
		one = find(host, message->tagged.tag);
		if (one != NULL) {
			lose_track(one);
			enc_host_settle(one);
		}
		return;
	case ENC_LAUNCH_VAULT:
		enc_backend_report_vault(&host->base, fd);
		return;
	case ENC_LAUNCH_INVALID:
	case ENC_LAUNCH_CREATE:
	case ENC_LAUNCH_CLAIM:
	case ENC_LAUNCH_START:
	case ENC_LAUNCH_KILL:
	case ENC_LAUNCH_DESTROY:
	case ENC_LAUNCH_OPCODE_MAX:
		break;
	}
	ENC_ASSERT(false); /* enc_launch_check() refuses all other messages */
}

/* receive() - handle one message; false if no further one can be read now */
static bool receive(struct host_backend *host)
{
	union enc_launch_message raw;
	union enc_launch_message message;
	int fd = -1;
	int r = enc_launch_receive(host->channel, &raw, sizeof(raw), &fd);

	if (r == -EAGAIN) {
		return false;
	}
	if (r <= 0) {
		lose(host, r == 0 ? "it ended" : "receiving", r);
		return false;
	}
	if (enc_launch_check(ENC_LAUNCH_FROM_LAUNCHER, &raw, (size_t)r,
			     &message, NULL) != ENC_OK) {
		lose(host, "it broke the protocol", 0);
	} else {
		on_message(host, &message, &fd);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return !host->base.lost;
}

static void on_channel(uv_poll_t *poll, int status, int events)
{
	struct host_backend *host = ENC_HOLDER(poll, struct host_backend, poll);
	int error = status;

	(void)events;
	if (status < 0 || !flush(host, &error)) {
		lose(host, "its channel", error);
		return;
	}
	while (receive(host)) {
	}
	watch(host);
}

/* ---- operations ---- */

static void host_open(struct enc_backend *backend)
{
	struct host_backend *host = backend_of(backend);

	host->channel = backend->options.channel;
	host->queue = ENC_BUF(QUEUE_MAX_BYTES);
	host->read_bytes = enc_xalloc(READ_BYTES);
	ENC_MUST(uv_poll_init(backend->options.loop, &host->poll,
			      host->channel));
	watch(host);
}

static void on_backend_closed(uv_handle_t *handle)
{
	struct host_backend *host =
		ENC_HOLDER(handle, struct host_backend, poll);

	(void)close(host->channel);
	enc_buf_done(&host->queue);
	free(host->read_bytes);
	enc_backend_closed(&host->base);
}

static void host_close(struct enc_backend *backend)
{
	uv_close((uv_handle_t *)&backend_of(backend)->poll, on_backend_closed);
}

static enum enc_code host_prepare(struct enc_sandbox *sandbox,
				  const struct enc_sandbox_spec *spec,
				  struct enc_error *err)
{
	struct host_backend *backend = backend_of(sandbox->backend);
	struct enc_host_sandbox *host = from_base(sandbox);
	const union enc_launch_message create = {
		.create = {
			.opcode = ENC_LAUNCH_CREATE,
			.environment = spec->environment,
			.tag = backend->last_tag + 1,
			.language = spec->language,
			.place = spec->place->number,
			.limits = spec->limits,
		},
	};

	if (ask(backend, &create) < 0) {
		return enc_fail(err, ENC_BACKEND,
				"the launcher is busy: try again");
	}
	host->base.tag = ++backend->last_tag;
	host->in = ENC_BUF(ENC_FRAME_MAX_BYTES + READ_BYTES);
	(void)uv_timer_init(sandbox->backend->options.loop, &host->timer);
	host->handles = 1;
	enc_host_await(host, READY_DEADLINE_MS);
	return ENC_OK;
}

static enum enc_code host_claim(struct enc_sandbox *sandbox,
				const struct enc_limits *limits,
				unsigned int outside, struct enc_error *err)
{
	struct enc_host_sandbox *host = from_base(sandbox);
	const union enc_launch_message claim = {
		.claim = { .opcode = ENC_LAUNCH_CLAIM,
			   .outside = outside,
			   .tag = host->base.tag,
			   .limits = *limits },
	};

	if (ask(backend_of(sandbox->backend), &claim) < 0) {
		return enc_fail(err, ENC_BACKEND,
				"the launcher is busy: try again");
	}
	/* The claim may wait until the launcher has made other sandboxes. */
	enc_host_await(host, READY_DEADLINE_MS);
	return ENC_OK;
}

static enum enc_code host_load(struct enc_sandbox *sandbox,
			       const struct enc_program *program,
			       struct enc_error *err)
{
	struct enc_host_sandbox *host = from_base(sandbox);
	struct enc_host_down *down = enc_host_down_new();
	enum enc_code code = enc_host_frames_load(&down->bytes, program, err);

	if (code != ENC_OK) {
		enc_host_down_free(down);
		return code;
	}
	host->program = program;
	return send_down(host, down, err);
}

static enum enc_code host_start(struct enc_sandbox *sandbox,
				struct enc_error *err)
{
	struct enc_host_sandbox *host = from_base(sandbox);
	struct enc_host_down *down = enc_host_down_new();
	enum enc_code code =
		enc_host_frames_start(&down->bytes, host->program, err);

	if (code != ENC_OK) {
		enc_host_down_free(down);
		return code;
	}
	/* START comes first, so that the clocks run before the program may. */
	if (host->state == ENC_HOST_MADE) {
		if (ask_tagged(host, ENC_LAUNCH_START) < 0) {
			enc_host_down_free(down);
			return enc_fail(err, ENC_BACKEND,
					"the launcher is busy: try again");
		}
		enc_host_move(host, ENC_HOST_STARTED);
	}
	return send_down(host, down, err);
}

static enum enc_code host_set_rules(struct enc_sandbox *sandbox,
				    const char *const *rules, size_t count,
				    struct enc_error *err)
{
	struct enc_host_sandbox *host = from_base(sandbox);
	struct enc_host_down *down;
	enum enc_code code;

	if (host->link_state >= ENC_HOST_LINK_OVER) {
		return ENC_OK; /* the gate has ended, so nothing leaves */
	}
	down = enc_host_down_new();
	code = enc_host_frames_rules(&down->bytes, rules, count, err);

	if (code != ENC_OK) {
		enc_host_down_free(down);
		return code;
	}
	return send_down(host, down, err);
}

static void host_recorded(struct enc_sandbox *sandbox, uint64_t count)
{
	struct enc_host_down *down = enc_host_down_new();

	enc_host_frames_recorded(&down->bytes, count);
	/* A gate that is gone reports its end itself. */
	ENC_IGNORE(send_down(from_base(sandbox), down, NULL));
}

/*
 * host_stop() - end a sandbox. Before the start nothing in it needs to be
 * killed: the end is reported in the next turn of the loop, and destroy does
 * the rest.
 */
static void host_stop(struct enc_sandbox *sandbox)
{
	struct enc_host_sandbox *host = from_base(sandbox);

	if (host->state < ENC_HOST_STARTED) {
		enc_host_end_now(host);
		return;
	}
	/* The queue has room for one request of each kind per sandbox. */
	ENC_IGNORE(ask_tagged(host, ENC_LAUNCH_KILL));
	enc_host_await_end(host);
}

static void host_destroy(struct enc_sandbox *sandbox)
{
	struct enc_host_sandbox *host = from_base(sandbox);

	if (sandbox->backend->lost) {
		/*
		 * The launcher destroys the sandbox when its channel is lost.
		 */
		lose_track(host);
	}
	enc_host_close(host);
	if (host->state != ENC_HOST_GONE) {
		ENC_IGNORE(ask_tagged(host, ENC_LAUNCH_DESTROY));
	}
}

const struct enc_backend_ops enc_backend_host = {
	.name = "host",
	.backend_size = sizeof(struct host_backend),
	.sandbox_size = sizeof(struct enc_host_sandbox),
	.open = host_open,
	.close = host_close,
	.prepare = host_prepare,
	.claim = host_claim,
	.load = host_load,
	.start = host_start,
	.set_rules = host_set_rules,
	.recorded = host_recorded,
	.hold = host_hold,
	.stop = host_stop,
	.destroy = host_destroy,
};
