/*
 * The native backend and gVisor's: sandboxes of this machine, made by the
 * launcher in enclaved and spoken to through their gates.
 *
 * Each sandbox has two sources: the launcher's channel, shared, which knows
 * why and when it ended, and the control link to its gate, which knows what
 * it said. A fact is reported when the last of its parts is there:
 *
 *	READY  = CREATED and READY
 *	ENDED  = ENDED and (TALLY or the link's end)
 *	gone   = GONE (or nothing was made) and every handle is closed
 *
 * Files are sent when the launcher has answered CLAIMED, and START and LAUNCH
 * behind them, so that nothing is written and no program runs before the
 * session's limits are in force.
 *
 * One timer per sandbox bounds each wait that isn't the program's: for READY,
 * for CLAIMED, and for the rest of the story once one of the two sources has
 * ended it. A gate that still has much to tell then is waited for while it
 * tells, within STORY_MAX_MS.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend_impl.h"
#include "host_down.h"
#include "host_facts.h"
#include "host_frames.h"

enum {
	READY_DEADLINE_MS = 30000,
	STORY_DEADLINE_MS = 10000, /* without a word */
	STORY_MAX_MS = 120000,	   /* with words, from ENDED on */
	READ_BYTES = 1 << 16,
	SIGNAL_BASE = 128,	   /* in an exit code of enclave-init's */
	QUEUE_MAX_BYTES = 1 << 20, /* requests that the launcher hasn't read */
};

struct host_backend {
	struct enc_backend base;
	uv_poll_t poll;
	int channel;
	uint64_t last_tag;
	struct enc_buf queue; /* whole union enc_launch_message */
	char *read_bytes;     /* of any link, only during its callback */
};

struct host_sandbox {
	struct enc_sandbox base;
	uint64_t tag;
	const struct enc_program *program;
	uv_timer_t timer;
	uv_pipe_t link;
	struct enc_buf in;
	struct enc_report ready;
	struct enc_end end;
	struct enc_message_exit exit_told;
	char counter_name[ENC_LAUNCH_NAME_BYTES];
	unsigned int handles; /* open: each brings one on_closed() */
	bool created;	      /* the launcher has made it */
	bool linked;	      /* link is open */
	bool ready_told;
	bool claimed;	/* the launcher has put the limits on */
	bool link_over; /* TALLY, or nothing more will come */
	bool exit_known;
	struct enc_host_down *load;   /* waits for that */
	struct enc_host_down *launch; /* waits for that, too */
	bool started;		      /* START was asked */
	bool ended;		      /* by the launcher */
	uint64_t ended_ms;
	bool destroying;
	bool gone;
};

static struct host_backend *backend_of(struct enc_backend *backend)
{
	ENC_ASSERT(backend->ops == &enc_backend_host);
	return ENC_HOLDER(backend, struct host_backend, base);
}

static struct host_sandbox *from_base(struct enc_sandbox *sandbox)
{
	ENC_ASSERT(sandbox->backend->ops == &enc_backend_host);
	return ENC_HOLDER(sandbox, struct host_sandbox, base);
}

/* ---- the channel to the launcher ---- */

static void on_channel(uv_poll_t *poll, int status, int events);

static void settle(struct host_sandbox *host);

/* lose() - the channel is of no more use; the launcher ends what it has */
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
		struct host_sandbox *one =
			from_base(ENC_HOLDER(at, struct enc_sandbox, link));

		one->gone = true;
		settle(one);
	}
}

/* flush() - send what waits; false when the channel broke */
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

/* watch() - writable only while something waits to be written */
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

/* ask() - send now or as soon as the launcher reads; a break shows in poll */
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

/* ask_tagged() - START, KILL or DESTROY; the queue has room for them */
static int ask_tagged(struct host_sandbox *host, enum enc_launch_opcode opcode)
{
	const union enc_launch_message message = {
		.tagged = { .opcode = opcode, .tag = host->tag },
	};

	return ask(backend_of(host->base.backend), &message);
}

static struct host_sandbox *find(struct host_backend *host, uint64_t tag)
{
	ENC_LIST_EACH(host->base.sandboxes, at)
	{
		struct host_sandbox *one =
			from_base(ENC_HOLDER(at, struct enc_sandbox, link));

		if (one->tag == tag) {
			return one;
		}
	}
	return NULL;
}

/* ---- the end of a sandbox's memory ---- */

/* settle() - gone, once nothing is left and no callback can come */
static void settle(struct host_sandbox *host)
{
	if (host->destroying && host->gone && host->handles == 0) {
		enc_buf_done(&host->in);
		enc_sandbox_report_gone(&host->base);
	}
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct host_sandbox *host =
		ENC_HOLDER(handle, struct host_sandbox, timer);

	host->handles--;
	settle(host);
}

static void on_link_closed(uv_handle_t *handle)
{
	struct host_sandbox *host =
		ENC_HOLDER(handle, struct host_sandbox, link);

	host->handles--;
	settle(host);
}

static void close_link(struct host_sandbox *host)
{
	if (host->linked) {
		host->linked = false;
		uv_close((uv_handle_t *)&host->link, on_link_closed);
	}
}

/* fail() - the backend's own failure; what is left of it is destroyed later */
static void fail(struct host_sandbox *host, const char *what)
{
	struct enc_error why = { 0 };

	(void)enc_fail(&why, ENC_BACKEND, "%s", what);
	enc_sandbox_report_failed(&host->base, &why);
}

/* ---- the story ---- */

/*
 * judge_exit() - EXITED is the program's only if the gate has told everything,
 * and init has ended by itself, with what it told. Else something of the story
 * is missing, and it must not look like the program's own end.
 */
static void judge_exit(struct host_sandbox *host)
{
	const struct enc_message_exit *told = &host->exit_told;
	struct enc_end *end = &host->end;
	int code = told->signal != 0 ? SIGNAL_BASE + (int)told->signal
				     : told->code;

	if (end->cause != ENC_LAUNCH_CAUSE_EXITED ||
	    host->base.state != ENC_SANDBOX_RUNNING) {
		return;
	}
	if (!end->tallied) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "the gate ended before it had told everything");
	} else if (!host->exit_known || end->signal != 0 ||
		   end->exit_code != code) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "enclave-init ended, and not as it had told");
	} else {
		end->signal = (int)told->signal;
	}
}

/* report_end() - what is known by now */
static void report_end(struct host_sandbox *host)
{
	struct enc_report report = { .kind = ENC_REPORT_ENDED };

	judge_exit(host);
	report.ended = host->end;
	enc_sandbox_report(&host->base, &report);
}

static void on_deadline(uv_timer_t *timer)
{
	struct host_sandbox *host =
		ENC_HOLDER(timer, struct host_sandbox, timer);

	if (host->ended) {
		report_end(host); /* the gate is silent */
	} else {
		fail(host, host->ready_told ? "the launcher doesn't answer"
					    : "the sandbox doesn't get ready");
	}
}

static void await(struct host_sandbox *host, uint64_t deadline_ms)
{
	if (!host->destroying) {
		(void)uv_timer_start(&host->timer, on_deadline, deadline_ms, 0);
	}
}

/* tell_ready() - both halves are there */
static void tell_ready(struct host_sandbox *host)
{
	if (host->created && host->ready_told &&
	    host->base.state == ENC_SANDBOX_PREPARING) {
		(void)uv_timer_stop(&host->timer);
		enc_sandbox_report(&host->base, &host->ready);
	}
}

/* tell_end() - the launcher's cause with the gate's tally */
static void tell_end(struct host_sandbox *host)
{
	if (!host->ended || !host->link_over) {
		if (host->ended || host->link_over) {
			await(host, STORY_DEADLINE_MS);
		}
		return;
	}
	(void)uv_timer_stop(&host->timer);
	report_end(host);
}

/* ---- the control link ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct host_sandbox *host =
		ENC_HOLDER(handle, struct host_sandbox, link);

	(void)suggested;
	buf->base = backend_of(host->base.backend)->read_bytes;
	buf->len = READ_BYTES;
}

/* take_frame() - one fact of the gate's; -EPROTO if it may not say that */
static int take_frame(struct host_sandbox *host, const struct enc_frame *frame)
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
		host->link_over = r == 0;
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
	if (host->ready_told) {
		return -EPROTO;
	}
	host->ready_told = true;
	host->ready.kind = ENC_REPORT_READY;
	host->ready.ready.self_check = report.ready.self_check;
	host->ready.ready.self_checked = true;
	tell_ready(host);
	return 0;
}

/* take_frames() - every whole frame that is there */
static int take_frames(struct host_sandbox *host)
{
	while (!host->link_over) {
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

/* await_more() - after ENDED, the gate isn't silent: it is only slow */
static void await_more(struct host_sandbox *host)
{
	uint64_t now_ms = uv_now(host->base.backend->options.loop);

	if (host->base.state < ENC_SANDBOX_ENDED &&
	    now_ms - host->ended_ms < STORY_MAX_MS) {
		await(host, STORY_DEADLINE_MS);
	}
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
	struct host_sandbox *host =
		ENC_HOLDER(stream, struct host_sandbox, link);
	int r = 0;

	if (length == 0) {
		return;
	}
	if (length > 0 && !host->link_over) {
		r = enc_buf_append(&host->in, buf->base, (size_t)length);
		if (r == 0) {
			r = take_frames(host);
		}
	}
	if (r < 0) {
		fail(host, "the gate said what it may not say");
	}
	if (length < 0 || r < 0) {
		host->link_over = true;
		close_link(host);
	}
	if (host->link_over) {
		tell_end(host);
	} else if (host->ended) {
		await_more(host);
	}
}

/* send_down() - takes the bytes; a link that is gone takes them too */
static enum enc_code send_down(struct host_sandbox *host,
			       struct enc_host_down *down,
			       struct enc_error *err)
{
	if (!host->linked || host->link_over) {
		enc_host_down_free(down);
	} else if (enc_host_down_send(down, (uv_stream_t *)&host->link) == 0) {
		return ENC_OK;
	}
	return enc_fail(err, ENC_BACKEND, "the gate is gone");
}

/* let_in() - clocks run and the program is told to go; takes @launch */
static enum enc_code let_in(struct host_sandbox *host,
			    struct enc_host_down *launch, struct enc_error *err)
{
	if (ask_tagged(host, ENC_LAUNCH_START) < 0) {
		enc_host_down_free(launch);
		return enc_fail(err, ENC_BACKEND,
				"the launcher has too much to do");
	}
	host->started = true;
	return send_down(host, launch, err);
}

/* ---- what the launcher says ---- */

/* on_created() - takes the link; a sandbox that is unwanted drops it */
static void on_created(struct host_sandbox *host,
		       const struct enc_launch_created *created, int *link)
{
	uv_loop_t *loop = host->base.backend->options.loop;

	host->created = true;
	host->ready.ready.layers = created->layers;
	host->ready.ready.init_us = created->init_us;
	host->ready.ready.gate_us = created->gate_us;
	if (host->destroying || *link < 0) {
		host->link_over = true;
		return;
	}
	(void)uv_pipe_init(loop, &host->link, /* ipc= */ 0);
	host->handles++;
	host->linked = true;
	if (uv_pipe_open(&host->link, *link) < 0) {
		fail(host, "the control link can't be used");
		return;
	}
	*link = -1;
	if (uv_read_start((uv_stream_t *)&host->link, on_alloc, on_read) < 0) {
		fail(host, "the control link can't be read");
	}
}

static void on_failed(struct host_sandbox *host,
		      const struct enc_launch_failed *failed)
{
	struct enc_error why = { 0 };

	(void)enc_fail(&why,
		       failed->code > ENC_OK && failed->code < ENC_CODE_MAX
			       ? (enum enc_code)failed->code
			       : ENC_BACKEND,
		       "%s", failed->message);
	if (!host->created) {
		host->gone = true; /* nothing is left of it */
	}
	enc_sandbox_report_failed(&host->base, &why);
	settle(host);
}

/* on_ended() - the cause is the launcher's, and the status the kernel's */
static void on_ended(struct host_sandbox *host,
		     const struct enc_launch_ended *ended)
{
	struct enc_end *end = &host->end;

	host->ended = true;
	host->ended_ms = uv_now(host->base.backend->options.loop);
	end->cause = (enum enc_launch_cause)ended->cause;
	if (WIFSIGNALED(ended->wait_status)) {
		end->signal = WTERMSIG(ended->wait_status);
	} else {
		end->exit_code = WEXITSTATUS(ended->wait_status);
	}
	(void)snprintf(host->counter_name, sizeof(host->counter_name), "%s",
		       ended->counter_name);
	end->counter_name = host->counter_name;
	end->counter = ended->counter;
	end->limit = ended->limit;
	end->usage = (struct enc_usage){
		.measured = true,
		.cpu_us = ended->cpu_us,
		.memory_peak_bytes = ended->memory_peak_bytes,
		.pids_peak = ended->pids_peak,
		.pids_denied = ended->pids_denied,
		.oom_kills = ended->oom_kills,
	};
	tell_end(host);
}

static void on_host(struct host_backend *host,
		    const struct enc_launch_host *told)
{
	if (host->base.opened) {
		lose(host, "HOST came twice", 0);
		return;
	}
	enc_host_facts_host(&host->base.facts, told, host->base.options.first);
	enc_backend_report_opened(&host->base);
}

/* on_claimed() - limits are in force; what was asked for meanwhile follows */
static void on_claimed(struct host_sandbox *one)
{
	struct enc_error why = { 0 };

	enum enc_code code = ENC_OK;

	one->claimed = true;
	if (one->base.state >= ENC_SANDBOX_STOPPING || one->link_over ||
	    one->ended) {
		return; /* the timer is for its end */
	}
	(void)uv_timer_stop(&one->timer);
	if (one->load != NULL) {
		code = send_down(one, ENC_TAKE(one->load), &why);
	}
	if (code == ENC_OK && one->launch != NULL) {
		code = let_in(one, ENC_TAKE(one->launch), &why);
	}
	if (code != ENC_OK) {
		enc_sandbox_report_failed(&one->base, &why);
	}
}

/* on_message() - one that passed the check; takes *fd when it uses it */
static void on_message(struct host_backend *host,
		       const union enc_launch_message *message, int *fd)
{
	struct host_sandbox *one = NULL;

	switch ((enum enc_launch_opcode)message->opcode) {
	case ENC_LAUNCH_ENVIRONMENT:
		if (!enc_host_facts_environment(&host->base.facts,
						&message->environment)) {
			lose(host, "environments out of order", 0);
		}
		return;
	case ENC_LAUNCH_HOST:
		on_host(host, &message->host);
		return;
	case ENC_LAUNCH_CREATED:
		one = find(host, message->created.tag);
		if (one != NULL && !one->created) {
			on_created(one, &message->created, fd);
			tell_ready(one);
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
		if (one != NULL && !one->claimed) {
			on_claimed(one);
		}
		return;
	case ENC_LAUNCH_ENDED:
		one = find(host, message->ended.tag);
		if (one != NULL && !one->ended) {
			on_ended(one, &message->ended);
		}
		return;
	case ENC_LAUNCH_GONE:
		one = find(host, message->tagged.tag);
		if (one != NULL) {
			one->gone = true;
			settle(one);
		}
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
	ENC_ASSERT(false); /* enc_launch_check() lets none of them through */
}

/* receive() - one message; false when there is no more now, or ever */
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
		lose(host, "it said what it may not say", 0);
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
	ENC_ASSERT(uv_poll_init(backend->options.loop, &host->poll,
				host->channel) == 0);
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
	struct host_sandbox *host = from_base(sandbox);
	bool gvisor = spec->isolation == ENC_ISOLATION_GVISOR;
	const union enc_launch_message create = {
		.create = {
			.opcode = ENC_LAUNCH_CREATE,
			.environment = spec->environment,
			.tag = backend->last_tag + 1,
			.language = enc_host_facts_language(spec->language),
			.backend = enc_host_facts_backend(spec->isolation),
			.disk_bytes = gvisor ? spec->limits.disk_bytes : 0,
			.pids = gvisor ? spec->limits.pids : 0,
		},
	};

	if (ask(backend, &create) < 0) {
		return enc_fail(err, ENC_BACKEND,
				"the launcher has too much to do");
	}
	host->tag = ++backend->last_tag;
	host->in = ENC_BUF(ENC_FRAME_MAX_BYTES + READ_BYTES);
	(void)uv_timer_init(sandbox->backend->options.loop, &host->timer);
	host->handles = 1;
	await(host, READY_DEADLINE_MS);
	return ENC_OK;
}

static enum enc_code host_claim(struct enc_sandbox *sandbox,
				const struct enc_launch_limits *limits,
				struct enc_error *err)
{
	struct host_sandbox *host = from_base(sandbox);
	const union enc_launch_message claim = {
		.claim = { .opcode = ENC_LAUNCH_CLAIM,
			   .tag = host->tag,
			   .limits = *limits },
	};

	if (ask(backend_of(sandbox->backend), &claim) < 0) {
		return enc_fail(err, ENC_BACKEND,
				"the launcher has too much to do");
	}
	/* It may stand behind others that are being made. */
	await(host, READY_DEADLINE_MS);
	return ENC_OK;
}

static enum enc_code host_load(struct enc_sandbox *sandbox,
			       const struct enc_program *program,
			       struct enc_error *err)
{
	struct host_sandbox *host = from_base(sandbox);
	struct enc_host_down *down = enc_host_down_new();
	enum enc_code code = enc_host_frames_load(&down->bytes, program, err);

	if (code != ENC_OK) {
		enc_host_down_free(down);
		return code;
	}
	host->program = program;
	if (!host->claimed) {
		enc_host_down_free(ENC_TAKE(host->load)); /* of another try */
		host->load = down;
		return ENC_OK;
	}
	return send_down(host, down, err);
}

static enum enc_code host_start(struct enc_sandbox *sandbox,
				struct enc_error *err)
{
	struct host_sandbox *host = from_base(sandbox);
	struct enc_host_down *down = enc_host_down_new();
	enum enc_code code =
		enc_host_frames_start(&down->bytes, host->program, err);

	if (code != ENC_OK) {
		enc_host_down_free(down);
		return code;
	}
	if (!host->claimed) {
		host->launch = down;
		return ENC_OK;
	}
	return let_in(host, down, err);
}

/*
 * host_stop() - what was not started has nothing inside that needs killing:
 * its end is told by the next turn of the loop, and destroy does the rest
 */
static void host_stop(struct enc_sandbox *sandbox)
{
	struct host_sandbox *host = from_base(sandbox);

	if (!host->started) {
		(void)uv_timer_start(&host->timer, on_deadline, 0, 0);
		return;
	}
	/* The queue holds one of each kind for every sandbox: it has room. */
	ENC_IGNORE(ask_tagged(host, ENC_LAUNCH_KILL));
	await(host, STORY_DEADLINE_MS);
}

static void host_destroy(struct enc_sandbox *sandbox)
{
	struct host_sandbox *host = from_base(sandbox);

	host->destroying = true;
	enc_host_down_free(ENC_TAKE(host->load));
	enc_host_down_free(ENC_TAKE(host->launch));
	uv_close((uv_handle_t *)&host->timer, on_timer_closed);
	close_link(host);
	if (sandbox->backend->lost) {
		host->gone = true; /* the launcher ends with its channel */
	} else if (!host->gone) {
		ENC_IGNORE(ask_tagged(host, ENC_LAUNCH_DESTROY));
	}
}

const struct enc_backend_ops enc_backend_host = {
	.name = "host",
	.backend_size = sizeof(struct host_backend),
	.sandbox_size = sizeof(struct host_sandbox),
	.open = host_open,
	.close = host_close,
	.prepare = host_prepare,
	.claim = host_claim,
	.load = host_load,
	.start = host_start,
	.stop = host_stop,
	.destroy = host_destroy,
};
