/*
 * Frames to the gate are put into a buffer, and the stage changes with them.
 * Frames from the gate are parsed, judged by the stage and carried out.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "failpoint.h"
#include "init.h"
#include "init_link.h"
#include "init_waiting.h"

enum {
	READ_BYTES = 64 * 1024,
	SIGNAL_LAST = 64,
};

/* ---- frames to the gate ---- */

static int tell(struct enc_init *init, enum enc_frame_type type, uint8_t flags,
		const struct enc_buf *payload)
{
	struct enc_frame frame = {
		.type = type,
		.flags = flags,
		.payload = payload == NULL ? NULL : enc_buf_bytes(payload),
		.payload_length = payload == NULL ? 0 : payload->length,
	};

	return enc_frame_append(&init->out, ENC_FRAME_FROM_INIT, &frame);
}

int enc_init_link_tell_output(struct enc_init *init, enum enc_init_end end,
			      const uint8_t *bytes, size_t length)
{
	bool is_stderr = end == ENC_INIT_END_STDERR;
	struct enc_frame frame = {
		.type = ENC_FRAME_OUT,
		.flags = is_stderr ? ENC_FRAME_F_STDERR : 0,
		.payload = bytes,
		.payload_length = length,
	};

	if (length == 0) {
		frame.flags |= ENC_FRAME_F_END;
		init->ended[is_stderr] = true;
	}
	return enc_frame_append(&init->out, ENC_FRAME_FROM_INIT, &frame);
}

int enc_init_link_tell_result(struct enc_init *init, const struct enc_buf *json)
{
	return tell(init, ENC_FRAME_RESULT, 0, json);
}

int enc_init_link_tell_rejected(struct enc_init *init,
				enum enc_reject_reason reason)
{
	const struct enc_message_rejected rejected = { reason };
	ENC_AUTO(buf) payload = ENC_BUF(sizeof(rejected));
	int r = enc_message_rejected_write(&payload, &rejected);

	return r < 0 ? r : tell(init, ENC_FRAME_REJECTED, 0, &payload);
}

uint64_t enc_init_link_end(const struct enc_init *init)
{
	return init->sent + init->out.length;
}

int enc_init_link_become_ready(struct enc_init *init)
{
	ENC_AUTO(buf) payload = ENC_BUF(sizeof(struct enc_message_ready));
	int r = enc_message_ready_write(&payload, &init->ready);

	enc_failpoint(ENC_FAILPOINT_INIT_READY_BEFORE);
	enc_init_stage_go(&init->stage, ENC_INIT_WAITING);
	return r < 0 ? r : tell(init, ENC_FRAME_READY, 0, &payload);
}

int enc_init_link_run(struct enc_init *init)
{
	enc_failpoint(ENC_FAILPOINT_INIT_RUN_AFTER);
	enc_init_stage_go(&init->stage, ENC_INIT_RUNNING);
	return tell(init, ENC_FRAME_STARTED, 0, NULL);
}

int enc_init_link_finish(struct enc_init *init)
{
	ENC_AUTO(buf) payload = ENC_BUF(sizeof(struct enc_message_exit));
	int r = 0;

	/* From here on the waiting interpreter may end without an error. */
	init->waits = ENC_LANGUAGE_INVALID;
	enc_init_program_done(&init->program);
	for (int i = 0; r == 0 && i < 2; i++) {
		enum enc_init_end end =
			i == 0 ? ENC_INIT_END_STDOUT : ENC_INIT_END_STDERR;

		if (!init->ended[i]) {
			r = enc_init_link_tell_output(init, end, NULL, 0);
		}
	}
	if (r == 0) {
		r = enc_init_channel_finish(init);
	}
	if (r == 0) {
		r = enc_message_exit_write(&payload, &init->exit);
	}
	if (r == 0) {
		r = tell(init, ENC_FRAME_EXIT, 0, &payload);
	}
	enc_failpoint(ENC_FAILPOINT_INIT_EXIT_BEFORE);
	enc_init_stage_go(&init->stage, ENC_INIT_FLUSHING);
	return r;
}

int enc_init_link_fail_launch(struct enc_init *init, int code)
{
	int r = enc_init_link_tell_output(init, ENC_INIT_END_STDERR,
					  enc_buf_bytes(&init->fault),
					  init->fault.length);

	init->exit.code = code;
	return r < 0 ? r : enc_init_link_finish(init);
}

/* ---- frames from the gate ---- */

static int do_file(struct enc_init *init, const struct enc_frame *frame)
{
	struct enc_message_file message;
	int r = enc_message_file_parse(frame->payload, frame->payload_length,
				       &message);

	if (r < 0 || init->fault.length > 0) {
		return r;
	}
	init->file_acts |= enc_init_waiting_file_acts(&message);
	r = enc_init_files_write(&init->files, &message,
				 (frame->flags & ENC_FRAME_F_APPEND) != 0);
	if (r < 0 && r != -EPROTO) {
		r = enc_buf_printf(&init->fault,
				   "enclave: can't write /%s/%.*s: %s\n",
				   message.root == ENC_FILE_WORK ? "work"
								 : "workload",
				   (int)ENC_MIN(message.path.length,
						ENC_INIT_FAULT_BYTES / 2),
				   message.path.bytes, strerror(-r));
	}
	return r;
}

/*
 * start_fresh() - start the program as a new process, and discard the waiting
 * interpreter
 */
static int start_fresh(struct enc_init *init,
		       const struct enc_message_launch *launch)
{
	ENC_AUTO(init_command) command = { 0 };
	int r;

	enc_init_command_make(launch, ENC_INIT_ROLE_RUN, &command);
	enc_init_program_discard(&init->program);
	init->waits = ENC_LANGUAGE_INVALID;
	r = enc_init_program_start(&init->program, &command,
				   /* waits= */ false);
	if (r == 0) {
		r = enc_buf_printf(&init->fault, "enclave: can't start '%.*s'",
				   ENC_INIT_FAULT_BYTES / 2, command.argv[0]);
		enc_init_stage_go(&init->stage, ENC_INIT_STARTING);
	}
	return r;
}

int enc_init_link_tell_go(struct enc_init *init)
{
	ssize_t n = send(init->program.ends[ENC_INIT_END_GO],
			 enc_buf_bytes(&init->go), init->go.length,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	if (n > 0) {
		enc_buf_consume(&init->go, (size_t)n);
	}
	/*
	 * If the interpreter has died meanwhile, it is reaped like a program
	 * that ended.
	 */
	if (n <= 0 || init->go.length == 0) {
		enc_init_program_shut(&init->program, ENC_INIT_END_GO);
		enc_buf_done(&init->go);
		init->waits = ENC_LANGUAGE_INVALID;
		return enc_init_link_run(init);
	}
	return 0;
}

static int do_launch(struct enc_init *init, const struct enc_frame *frame)
{
	struct enc_message_launch message;
	ENC_AUTO(init_command) command = { 0 };
	int r = enc_message_launch_parse(frame->payload, frame->payload_length,
					 &message);

	if (r < 0) {
		return r;
	}
	enc_failpoint(ENC_FAILPOINT_INIT_RUN_BEFORE);
	enc_init_files_done(&init->files);
	if (init->fault.length > 0) {
		return enc_init_link_fail_launch(init, ENC_INIT_EXIT_FILES);
	}
	if (init->waits != message.language || init->file_acts ||
	    enc_init_waiting_launch_acts(&message)) {
		return start_fresh(init, &message);
	}
	enc_init_command_make(&message, ENC_INIT_ROLE_TOLD, &command);
	r = enc_init_waiting_go(&command, &init->go);
	if (r == 0) {
		enc_init_stage_go(&init->stage, ENC_INIT_STARTING);
		r = enc_init_link_tell_go(init);
	}
	return r;
}

static int do_stdin(struct enc_init *init, const struct enc_frame *frame)
{
	bool shut = init->stage != ENC_INIT_WAITING &&
		    init->program.ends[ENC_INIT_END_STDIN] < 0;

	if (init->input_ends) {
		return -EPROTO;
	}
	init->input_ends = (frame->flags & ENC_FRAME_F_END) != 0;
	/* input that the program doesn't read is dropped, as with a pipe */
	return shut ? 0
		    : enc_buf_append(&init->input, frame->payload,
				     frame->payload_length);
}

static int do_signal(struct enc_init *init, const struct enc_frame *frame)
{
	if (frame->payload_length != 1 || frame->payload[0] == 0 ||
	    frame->payload[0] > SIGNAL_LAST) {
		return -EPROTO;
	}
	if (init->program.pid > 0) {
		/* the pid is still ours: the process isn't reaped yet */
		ENC_IGNORE(kill(init->program.pid, frame->payload[0]));
	}
	return 0;
}

static int do_close(struct enc_init *init)
{
	if (init->stage == ENC_INIT_WAITING) {
		return enc_init_link_finish(init);
	}
	if (init->program.pid > 0) {
		/* The program isn't reaped, so no other process has its pid. */
		ENC_IGNORE(kill(init->program.pid, SIGKILL));
	}
	return 0;
}

static int do_frame(struct enc_init *init, const struct enc_frame *frame)
{
	switch (enc_init_stage_judge(init->stage, frame->type)) {
	case ENC_INIT_REFUSE:
		return -EPROTO;
	case ENC_INIT_IGNORE:
		return 0;
	case ENC_INIT_DO:
		break;
	}
	if (frame->type == ENC_FRAME_FILE) {
		return do_file(init, frame);
	}
	if (frame->type == ENC_FRAME_LAUNCH) {
		return do_launch(init, frame);
	}
	if (frame->type == ENC_FRAME_STDIN) {
		return do_stdin(init, frame);
	}
	if (frame->type == ENC_FRAME_SIGNAL) {
		return do_signal(init, frame);
	}
	return do_close(init);
}

bool enc_init_link_has_room(const struct enc_init *init)
{
	return init->stage == ENC_INIT_WAITING ||
	       init->input.length < ENC_INIT_STDIN_HIGH_BYTES;
}

int enc_init_link_do_frames(struct enc_init *init)
{
	while (enc_init_link_has_room(init)) {
		struct enc_frame frame;
		int taken = enc_frame_parse(ENC_FRAME_FROM_GATE_DOWN,
					    enc_buf_bytes(&init->in),
					    init->in.length, &frame);
		int r = taken <= 0 ? taken : do_frame(init, &frame);

		if (taken <= 0 || r < 0) {
			return r;
		}
		enc_buf_consume(&init->in, (size_t)taken);
	}
	return 0;
}

int enc_init_link_read(struct enc_init *init)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n = recv(init->runner, bytes, sizeof(bytes), MSG_DONTWAIT);
	int r;

	if (n < 0) {
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	}
	if (n == 0) {
		return -EPIPE; /* without a gate the sandbox must end */
	}
	r = enc_buf_append(&init->in, bytes, (size_t)n);
	return r < 0 ? r : enc_init_link_do_frames(init);
}

int enc_init_link_write(struct enc_init *init)
{
	ssize_t n = send(init->runner, enc_buf_bytes(&init->out),
			 init->out.length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0) {
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	}
	enc_buf_consume(&init->out, (size_t)n);
	init->sent += (uint64_t)n;
	if (init->stage == ENC_INIT_WAITING && init->out.length == 0) {
		enc_failpoint(ENC_FAILPOINT_INIT_READY_AFTER);
	}
	return 0;
}
