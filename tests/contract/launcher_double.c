#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc.h"
#include "launch.h"
#include "launcher_double.h"
#include "list.h"
#include "message.h"

enum { IN_MAX_BYTES = 2 * ENC_FRAME_MAX_BYTES, SHIFT_EXIT = 8 };

struct cell {
	struct enc_list link;
	struct launcher_double *launcher;
	uint64_t tag;
	struct enc_limits limits;
	int control; /* the gate's end */
	uv_poll_t poll;
	struct enc_buf in;
	struct enc_buf code;
	bool polling;
	bool claimed;
	unsigned int outside;
	bool answered; /* CLAIMED was told */
	bool started;
	bool launched;
	bool ended;
};

struct launcher_double {
	uv_loop_t *loop;
	int channel;
	uv_poll_t poll;
	struct enc_list cells;
	bool hold;
	unsigned int launched;
	char told[256];
};

/* ---- telling ---- */

static void say(struct launcher_double *self,
		const union enc_launch_message *message, int fd)
{
	assert_int_equal(enc_launch_send(self->channel, message, fd), 0);
}

static void say_tagged(struct cell *cell, enum enc_launch_opcode opcode)
{
	const union enc_launch_message message = {
		.tagged = { .opcode = opcode, .tag = cell->tag },
	};

	say(cell->launcher, &message, -1);
}

/* frame() - on the control link; a peer that has closed it takes nothing */
static void frame(struct cell *cell, enum enc_frame_type type,
		  const struct enc_buf *payload)
{
	ENC_AUTO(buf) out = ENC_BUF(ENC_FRAME_MAX_BYTES);
	const struct enc_frame one = {
		.type = type,
		.payload = payload == NULL ? NULL : enc_buf_bytes(payload),
		.payload_length = payload == NULL ? 0 : payload->length,
	};

	assert_int_equal(enc_frame_append(&out, ENC_FRAME_FROM_GATE_UP, &one),
			 0);
	ENC_IGNORE(send(cell->control, enc_buf_bytes(&out), out.length,
			MSG_NOSIGNAL));
}

static void frame_text(struct cell *cell, enum enc_frame_type type,
		       const char *text)
{
	ENC_AUTO(buf) payload = ENC_BUF(256);

	assert_int_equal(enc_buf_append(&payload, text, strlen(text)), 0);
	frame(cell, type, &payload);
}

static void on_cell_closed(uv_handle_t *handle)
{
	struct cell *cell = ENC_HOLDER(handle, struct cell, poll);

	close(cell->control);
	enc_buf_done(&cell->in);
	enc_buf_done(&cell->code);
	free(cell);
}

static void hang_up(struct cell *cell)
{
	if (cell->polling) {
		cell->polling = false;
		ENC_IGNORE(uv_poll_stop(&cell->poll));		/* always 0 */
		ENC_IGNORE(shutdown(cell->control, SHUT_RDWR)); /* any state */
	}
}

static bool has(const struct cell *cell, const char *text)
{
	return memmem(enc_buf_bytes(&cell->code), cell->code.length, text,
		      strlen(text)) != NULL;
}

/* end() - what the kernel would have counted, then the gate's last word */
static void end(struct cell *cell, enum enc_cause cause, int status)
{
	union enc_launch_message message = { .opcode = ENC_LAUNCH_ENDED };
	ENC_AUTO(buf) payload = ENC_BUF(64);
	struct enc_message_tally tally = { .complete = true };

	if (cell->ended) {
		return;
	}
	cell->ended = true;
	message.ended.tag = cell->tag;
	message.ended.cause = cause;
	message.ended.wait_status = status;
	message.ended.cpu_us = 1000;
	if (cause == ENC_CAUSE_PIDS) {
		message.ended.limit = cell->limits.value[ENC_LIMIT_PIDS];
	}
	(void)snprintf(message.ended.counter_name,
		       sizeof(message.ended.counter_name), "counted");
	say(cell->launcher, &message, -1);
	if (cause == ENC_CAUSE_GATE_LOST) {
		hang_up(cell);
		return;
	}
	if (has(cell, "simulate: no tally")) {
		hang_up(cell);
		return;
	}
	tally.egress_denied = has(cell, "169.254.169.254") ? 1 : 0;
	assert_int_equal(enc_message_tally_write(&payload, &tally), 0);
	frame(cell, ENC_FRAME_TALLY, &payload);
}

/* ---- the program ---- */

static void tell_egress(struct cell *cell)
{
	ENC_AUTO(buf) payload = ENC_BUF(256);
	const struct enc_message_egress egress = {
		.verdict = ENC_VERDICT_DENY,
		.via = ENC_VIA_CONNECT,
		.protocol = IPPROTO_TCP,
		.port = 80,
		.count = 1,
		.host = { "169.254.169.254", 15 },
		.rule = { "deny_all", 8 },
	};

	assert_int_equal(enc_message_egress_write(&payload, &egress), 0);
	frame(cell, ENC_FRAME_EGRESS, &payload);
}

/* tell_exit() - init's EXIT, then its end as the kernel has it */
static void tell_exit(struct cell *cell, int code, int status)
{
	ENC_AUTO(buf) payload = ENC_BUF(64);
	const struct enc_message_exit told = { .code = code };

	assert_int_equal(enc_message_exit_write(&payload, &told), 0);
	frame(cell, ENC_FRAME_EXIT, &payload);
	end(cell, ENC_CAUSE_EXITED, status);
}

static void run(struct cell *cell)
{
	static const uint8_t broken[ENC_FRAME_HEADER_BYTES] = { 99 };

	frame(cell, ENC_FRAME_STARTED, NULL);
	if (has(cell, "169.254.169.254")) {
		tell_egress(cell);
	}
	if (has(cell, "enclave.result(")) {
		frame_text(cell, ENC_FRAME_RESULT, "{\"simulated\":true}");
	}
	if (has(cell, "simulate: forged result")) {
		frame_text(cell, ENC_FRAME_RESULT, "1},\"x\":{\"y\":1");
	}
	frame_text(cell, ENC_FRAME_OUT, "simulated: nothing was executed\n");
	if (has(cell, "simulate: hang")) {
		return;
	}
	if (has(cell, "simulate: fail")) {
		ENC_IGNORE(send(cell->control, broken, sizeof(broken),
				MSG_NOSIGNAL)); /* as frame() */
	} else if (has(cell, "simulate: gate_lost")) {
		end(cell, ENC_CAUSE_GATE_LOST, SIGKILL);
	} else if (has(cell, "simulate: cpu")) {
		end(cell, ENC_CAUSE_CPU, SIGKILL);
	} else if (has(cell, "simulate: untold exit")) {
		end(cell, ENC_CAUSE_EXITED, 0);
	} else if (has(cell, "simulate: other exit")) {
		tell_exit(cell, 0, 1 << SHIFT_EXIT);
	} else if (has(cell, "simulate: killed init")) {
		tell_exit(cell, 0, SIGKILL);
	} else if (has(cell, "simulate: pids")) {
		end(cell, ENC_CAUSE_PIDS, SIGKILL);
	} else {
		int code = has(cell, "simulate: exit 7") ? 7 : 0;

		tell_exit(cell, code, code << SHIFT_EXIT);
	}
}

/* go() - START and LAUNCH come on two ways, in either order */
static void go(struct cell *cell)
{
	if (cell->started && cell->launched && !cell->ended) {
		cell->launcher->launched++;
		run(cell);
	}
}

/* note() - append to the text of launcher_double_told() */
static void note(struct launcher_double *self, const char *text)
{
	size_t length = strlen(self->told);
	int more = snprintf(self->told + length, sizeof(self->told) - length,
			    "%s", text);

	assert_true((size_t)more < sizeof(self->told) - length);
}

static void note_policy(struct cell *cell, const struct enc_frame *one)
{
	struct enc_message_policy policy;

	assert_int_equal(enc_message_policy_parse(one->payload,
						  one->payload_length, &policy),
			 0);
	assert_int_equal(policy.outside, cell->outside);
	note(cell->launcher, policy.outside ? "allowlist" : "deny_all");
}

static void note_rules(struct cell *cell, const struct enc_frame *one)
{
	enc_autofree struct enc_message_rules *rules =
		enc_xalloc(sizeof(*rules));
	char text[64];

	assert_int_equal(enc_message_rules_parse(one->payload,
						 one->payload_length, rules),
			 0);
	note(cell->launcher, " [");
	for (size_t i = 0; i < rules->count; i++) {
		(void)snprintf(text, sizeof(text), "%s%.*s", i == 0 ? "" : " ",
			       (int)rules->rules[i].length,
			       rules->rules[i].bytes);
		note(cell->launcher, text);
	}
	note(cell->launcher, "]");
}

static void note_recorded(struct cell *cell, const struct enc_frame *one)
{
	struct enc_message_recorded recorded;
	char text[32];

	assert_int_equal(enc_message_recorded_parse(one->payload,
						    one->payload_length,
						    &recorded),
			 0);
	(void)snprintf(text, sizeof(text), " %llu",
		       (unsigned long long)recorded.reports);
	note(cell->launcher, text);
}

static void take_frame(struct cell *cell, const struct enc_frame *one)
{
	struct enc_message_file file;

	if (one->type == ENC_FRAME_POLICY) {
		note_policy(cell, one);
	} else if (one->type == ENC_FRAME_RULES) {
		note_rules(cell, one);
	} else if (one->type == ENC_FRAME_RECORDED) {
		note_recorded(cell, one);
	} else if (one->type == ENC_FRAME_FILE) {
		/* Nothing is written before there is the room for it. */
		assert_true(cell->answered);
		assert_int_equal(enc_message_file_parse(one->payload,
							one->payload_length,
							&file),
				 0);
		assert_int_equal(enc_buf_append(&cell->code, file.content,
						file.content_length),
				 0);
	} else if (one->type == ENC_FRAME_LAUNCH) {
		/* And no program runs before its limits are in force. */
		assert_true(cell->answered);
		assert_false(cell->launched);
		cell->launched = true;
		go(cell);
	}
}

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct cell *cell = ENC_HOLDER(poll, struct cell, poll);
	static uint8_t bytes[1 << 16];
	ssize_t n = recv(cell->control, bytes, sizeof(bytes), MSG_DONTWAIT);
	struct enc_frame one;
	int taken;

	(void)status;
	(void)events;
	if (n <= 0) {
		hang_up(cell);
		return;
	}
	assert_int_equal(enc_buf_append(&cell->in, bytes, (size_t)n), 0);
	while ((taken = enc_frame_parse(ENC_FRAME_FROM_API,
					enc_buf_bytes(&cell->in),
					cell->in.length, &one)) > 0) {
		take_frame(cell, &one);
		enc_buf_consume(&cell->in, (size_t)taken);
	}
	assert_int_equal(taken, 0);
}

/* ---- requests ---- */

static struct cell *find(struct launcher_double *self, uint64_t tag)
{
	ENC_LIST_EACH(self->cells, at)
	{
		struct cell *cell = ENC_HOLDER(at, struct cell, link);

		if (cell->tag == tag) {
			return cell;
		}
	}
	print_error("tag %llu was never created\n", (unsigned long long)tag);
	abort();
}

static void do_create(struct launcher_double *self,
		      const struct enc_launch_create *create)
{
	union enc_launch_message made = { .opcode = ENC_LAUNCH_CREATED };
	ENC_AUTO(buf) payload = ENC_BUF(64);
	const struct enc_message_ready ready = { .tried = 7 };
	struct cell *cell = enc_xalloc(sizeof(*cell));
	int ends[2];

	assert_int_equal(create->place, 0);
	assert_int_equal(create->language, ENC_LANGUAGE_PYTHON);
	assert_int_equal(enc_ipc_pair(SOCK_STREAM, ends), 0);
	cell->launcher = self;
	cell->tag = create->tag;
	cell->control = ends[0];
	cell->polling = true;
	cell->in = ENC_BUF(IN_MAX_BYTES);
	cell->code = ENC_BUF(IN_MAX_BYTES);
	enc_list_append(&self->cells, &cell->link);
	assert_int_equal(uv_poll_init(self->loop, &cell->poll, ends[0]), 0);
	assert_int_equal(uv_poll_start(&cell->poll, UV_READABLE, on_control),
			 0);
	made.created.tag = create->tag;
	made.created.layers = ENC_LAYER_GATE;
	say(self, &made, ends[1]);
	close(ends[1]);
	assert_int_equal(enc_message_ready_write(&payload, &ready), 0);
	frame(cell, ENC_FRAME_READY, &payload);
}

static void answer_claims(struct launcher_double *self)
{
	ENC_LIST_EACH(self->cells, at)
	{
		struct cell *cell = ENC_HOLDER(at, struct cell, link);

		if (cell->claimed && !cell->answered && !self->hold) {
			cell->answered = true;
			say_tagged(cell, ENC_LAUNCH_CLAIMED);
		}
	}
}

static void do_destroy(struct cell *cell)
{
	end(cell, ENC_CAUSE_KILLED, SIGKILL);
	say_tagged(cell, ENC_LAUNCH_GONE);
	hang_up(cell);
	enc_list_remove(&cell->link);
	uv_close((uv_handle_t *)&cell->poll, on_cell_closed);
}

static void handle(struct launcher_double *self,
		   const union enc_launch_message *message)
{
	switch ((enum enc_launch_opcode)message->opcode) {
	case ENC_LAUNCH_CREATE:
		do_create(self, &message->create);
		break;
	case ENC_LAUNCH_CLAIM: {
		struct cell *cell = find(self, message->claim.tag);

		assert_false(cell->claimed); /* once */
		cell->claimed = true;
		cell->outside = message->claim.outside;
		cell->limits = message->claim.limits;
		answer_claims(self);
		break;
	}
	case ENC_LAUNCH_START: {
		struct cell *cell = find(self, message->tagged.tag);

		assert_true(cell->answered);
		cell->started = true;
		go(cell);
		break;
	}
	case ENC_LAUNCH_KILL:
		end(find(self, message->tagged.tag), ENC_CAUSE_KILLED, SIGKILL);
		break;
	case ENC_LAUNCH_DESTROY:
		do_destroy(find(self, message->tagged.tag));
		break;
	case ENC_LAUNCH_INVALID:
	case ENC_LAUNCH_ENVIRONMENT:
	case ENC_LAUNCH_PLACE:
	case ENC_LAUNCH_HOST:
	case ENC_LAUNCH_CREATED:
	case ENC_LAUNCH_FAILED:
	case ENC_LAUNCH_CLAIMED:
	case ENC_LAUNCH_ENDED:
	case ENC_LAUNCH_GONE:
	case ENC_LAUNCH_VAULT:
	case ENC_LAUNCH_OPCODE_MAX:
		fail_msg("a request that is none");
	}
}

static void on_closed(uv_handle_t *handle_)
{
	struct launcher_double *self =
		ENC_HOLDER(handle_, struct launcher_double, poll);

	close(self->channel);
	free(self);
}

static void on_channel(uv_poll_t *poll, int status, int events)
{
	struct launcher_double *self =
		ENC_HOLDER(poll, struct launcher_double, poll);
	union enc_launch_message raw;
	union enc_launch_message message;
	int fd = -1;
	int r;

	(void)status;
	(void)events;
	while ((r = enc_launch_receive(self->channel, &raw, sizeof(raw), &fd)) >
	       0) {
		assert_int_equal(fd, -1);
		assert_int_equal(enc_launch_check(ENC_LAUNCH_FROM_API, &raw,
						  (size_t)r, &message, NULL),
				 ENC_OK);
		handle(self, &message);
	}
	if (r == 0) {
		assert_true(enc_list_empty(&self->cells));
		uv_close((uv_handle_t *)&self->poll, on_closed);
	}
}

struct launcher_double *launcher_double_new(uv_loop_t *loop, int *ret_channel)
{
	struct launcher_double *self = enc_xalloc(sizeof(*self));
	union enc_launch_message environment = {
		.opcode = ENC_LAUNCH_ENVIRONMENT,
	};
	union enc_launch_message place = {
		.place = { .opcode = ENC_LAUNCH_PLACE,
			   .isolation = ENC_ISOLATION_HOST_KERNEL },
	};
	union enc_launch_message host = { .opcode = ENC_LAUNCH_HOST };
	int ends[2];

	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	self->loop = loop;
	self->channel = ends[0];
	enc_list_init(&self->cells);
	assert_int_equal(uv_poll_init(loop, &self->poll, ends[0]), 0);
	assert_int_equal(uv_poll_start(&self->poll, UV_READABLE, on_channel),
			 0);
	(void)snprintf(environment.environment.name, ENC_LAUNCH_NAME_BYTES,
		       "default");
	say(self, &environment, -1);
	(void)snprintf(place.place.name, ENC_LAUNCH_NAME_BYTES, "double");
	say(self, &place, -1);
	host.host.sandboxes_max = ENC_LAUNCH_SANDBOXES_MAX;
	host.host.egress = 1;
	say(self, &host, -1);
	*ret_channel = ends[1];
	return self;
}

void launcher_double_exit(struct launcher_double *self, int code)
{
	ENC_LIST_EACH(self->cells, at)
	{
		end(ENC_HOLDER(at, struct cell, link), ENC_CAUSE_EXITED,
		    code << SHIFT_EXIT);
	}
}

void launcher_double_write(struct launcher_double *self, const char *text)
{
	ENC_LIST_EACH(self->cells, at)
	{
		frame_text(ENC_HOLDER(at, struct cell, link), ENC_FRAME_OUT,
			   text);
	}
}

void launcher_double_hold(struct launcher_double *self, bool hold)
{
	self->hold = hold;
	answer_claims(self);
}

const char *launcher_double_told(const struct launcher_double *self)
{
	return self->told;
}

unsigned int launcher_double_launched(const struct launcher_double *self)
{
	return self->launched;
}
