#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failpoint.h"
#include "fd.h"
#include "init.h"
#include "init_channel.h"
#include "init_check.h"
#include "init_files.h"
#include "init_ids.h"
#include "init_link.h"
#include "init_program.h"
#include "init_stage.h"
#include "init_waiting.h"

enum {
	CHUNK_BYTES = ENC_FRAME_OUT_BYTES,
	/* While more output than this is buffered, init reads no output. */
	OUT_HIGH_BYTES = 256 * 1024,
	/*
	 * The maximum leaves room for a frame, or for the frames of the end,
	 * which may be added to a buffer that is high.
	 */
	OUT_MAX_BYTES = OUT_HIGH_BYTES + 2 * ENC_FRAME_MAX_BYTES,
	STDIN_MAX_BYTES =
		ENC_INIT_STDIN_HIGH_BYTES + ENC_FRAME_PAYLOAD_MAX_BYTES,
	IN_MAX_BYTES = 2 * ENC_FRAME_MAX_BYTES,
	/*
	 * At most so many children are reaped before frames are served again.
	 */
	REAP_AT_ONCE = 256,
	SIGNAL_BASE = 128,
	/* Indexes in the poll set, after the program's ends. */
	RUNNER_SLOT = ENC_INIT_END_MAX,
	CHANNEL_SLOT,
	SLOT_MAX,
};

/* ---- descriptors of the program ---- */

static int feed_stdin(struct enc_init *init)
{
	ssize_t n = write(init->program.ends[ENC_INIT_END_STDIN],
			  enc_buf_bytes(&init->input), init->input.length);

	if (n >= 0) {
		enc_buf_consume(&init->input, (size_t)n);
	} else if (errno != EAGAIN && errno != EINTR) {
		/* EPIPE: the program has closed its stdin */
		enc_init_program_shut(&init->program, ENC_INIT_END_STDIN);
		enc_buf_done(&init->input);
	}
	/* frames may have waited for room in the buffer */
	return enc_init_link_do_frames(init);
}

/*
 * read_end() - read at most @most bytes from an end; close it at its end of
 * file
 */
static int read_end(struct enc_init *init, enum enc_init_end end, size_t most,
		    size_t *ret_length)
{
	uint8_t bytes[CHUNK_BYTES];
	ssize_t n = read(init->program.ends[end], bytes,
			 ENC_MIN(most, sizeof(bytes)));

	*ret_length = n > 0 ? (size_t)n : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	if (n <= 0) {
		enc_init_program_shut(&init->program, end);
		return enc_init_link_tell_output(init, end, NULL, 0);
	}
	return enc_init_link_tell_output(init, end, bytes, (size_t)n);
}

/* hear_waiting() - read the byte by which the interpreter says that it waits */
static int hear_waiting(struct enc_init *init)
{
	char byte = 0;
	ssize_t n = recv(init->program.ends[ENC_INIT_END_GO], &byte, 1,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	return n == 1 && byte == ENC_INIT_GO_READY
		       ? enc_init_link_become_ready(init)
		       : -EPROTO;
}

/*
 * learn_exec() - learn whether the exec has worked, and report STARTED or the
 * error
 */
static int learn_exec(struct enc_init *init)
{
	struct enc_init_exec_failure failure;
	ssize_t n = read(init->program.ends[ENC_INIT_END_EXEC], &failure,
			 sizeof(failure));
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	enc_init_program_shut(&init->program, ENC_INIT_END_EXEC);
	if (init->waits != ENC_LANGUAGE_INVALID && n != 0) {
		/*
		 * The environment lacks the interpreter. LAUNCH will fail with
		 * that error.
		 */
		enc_init_program_discard(&init->program);
		init->waits = ENC_LANGUAGE_INVALID;
		return enc_init_link_become_ready(init);
	}
	if (init->waits != ENC_LANGUAGE_INVALID) {
		return 0;
	}
	if (n == 0) {
		return enc_init_link_run(init);
	}
	r = enc_buf_printf(&init->fault, ": %s\n",
			   n == sizeof(failure) ? strerror(failure.error)
						: "it broke");
	return r < 0 ? r
		     : enc_init_link_fail_launch(init, ENC_INIT_EXIT_NO_EXEC);
}

/* ---- the end ---- */

/*
 * begin_ending() - the program is dead: kill the processes it left, and note
 * how much of its output is in the pipes. Only that much is read, so a process
 * that still writes can't delay the end.
 */
static void begin_ending(struct enc_init *init)
{
	enc_failpoint(ENC_FAILPOINT_INIT_END_BEFORE);
	enc_init_stage_go(&init->stage, ENC_INIT_ENDING);
	ENC_IGNORE(kill(-1, SIGKILL)); /* ESRCH: there is no other process */
	enc_failpoint(ENC_FAILPOINT_INIT_END_AFTER);
	if (WIFSIGNALED(init->wait_status)) {
		init->exit.signal = (uint32_t)WTERMSIG(init->wait_status);
	} else {
		init->exit.code = WEXITSTATUS(init->wait_status);
	}
	for (size_t i = ENC_INIT_END_STDOUT; i <= ENC_INIT_END_STDERR; i++) {
		int waiting = 0;

		if (init->program.ends[i] >= 0 &&
		    ioctl(init->program.ends[i], FIONREAD, &waiting) == 0) {
			init->residue[i] = (size_t)waiting;
		}
	}
}

/*
 * drain() - read the output that was in the pipes when the program died;
 * *ret_empty is true when all is read
 */
static int drain(struct enc_init *init, bool *ret_empty)
{
	*ret_empty = true;
	for (size_t i = ENC_INIT_END_STDOUT; i <= ENC_INIT_END_STDERR; i++) {
		while (init->residue[i] > 0) {
			size_t length = 0;
			int r;

			if (init->out.length >= OUT_HIGH_BYTES) {
				*ret_empty = false;
				return 0;
			}
			r = read_end(init, (enum enc_init_end)i,
				     init->residue[i], &length);
			if (r < 0) {
				return r;
			}
			/* another process may have read from the same pipe */
			init->residue[i] =
				length == 0 ? 0 : init->residue[i] - length;
		}
	}
	return 0;
}

static void reap(struct enc_init *init)
{
	for (int i = 0; i < REAP_AT_ONCE; i++) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid <= 0) {
			return;
		}
		if (pid == init->program.pid) {
			init->program.pid = 0;
			init->wait_status = status;
		}
	}
}

/* ---- the loop ---- */

static short wanted(const struct enc_init *init, size_t slot)
{
	bool room = init->out.length < OUT_HIGH_BYTES;
	bool running = init->stage == ENC_INIT_RUNNING;
	short events = 0;

	if (slot == RUNNER_SLOT) {
		events = enc_init_link_has_room(init) &&
					 init->stage != ENC_INIT_WARMING
				 ? POLLIN
				 : 0;
		if (init->out.length > 0) {
			events = (short)(events | POLLOUT);
		}
	} else if (slot == ENC_INIT_END_STDIN) {
		events = running && init->input.length > 0 ? POLLOUT : 0;
	} else if (slot == ENC_INIT_END_EXEC) {
		events = init->stage <= ENC_INIT_STARTING ? POLLIN : 0;
	} else if (slot == ENC_INIT_END_GO) {
		events = init->stage == ENC_INIT_WARMING ? POLLIN : 0;
		if (init->stage == ENC_INIT_STARTING) {
			events = POLLOUT;
		}
	} else if (running && room) { /* output, results */
		events = POLLIN;
	}
	return events;
}

static int serve_end(struct enc_init *init, enum enc_init_end end)
{
	size_t length;

	if (end == ENC_INIT_END_STDIN) {
		return feed_stdin(init);
	}
	if (end == ENC_INIT_END_EXEC) {
		return learn_exec(init);
	}
	if (end == ENC_INIT_END_GO) {
		return init->stage == ENC_INIT_WARMING
			       ? hear_waiting(init)
			       : enc_init_link_tell_go(init);
	}
	return read_end(init, end, CHUNK_BYTES, &length);
}

/* serve() - handle all events of poll() */
static int serve(struct enc_init *init, const struct pollfd *set)
{
	short runner = set[RUNNER_SLOT].revents;
	int r = 0;

	if ((runner & POLLIN) != 0) {
		r = enc_init_link_read(init);
	} else if ((runner & (POLLHUP | POLLERR)) != 0) {
		r = -EPIPE;
	}
	for (size_t i = 0; r == 0 && i < ENC_INIT_END_MAX; i++) {
		/* serving an end may have closed another one */
		if (set[i].revents != 0 && set[i].fd == init->program.ends[i]) {
			r = serve_end(init, (enum enc_init_end)i);
		}
	}
	if (r == 0 && set[CHANNEL_SLOT].revents != 0) {
		r = enc_init_channel_serve(init);
	}
	if (r == 0 && init->out.length > 0) {
		r = enc_init_link_write(init);
	}
	return r;
}

/* settle() - change stages that change without an event of a descriptor */
static int settle(struct enc_init *init)
{
	int r = 0;

	enc_init_channel_settle(init);
	if (init->waits != ENC_LANGUAGE_INVALID && init->program.pid == 0 &&
	    init->program.ends[ENC_INIT_END_EXEC] < 0) {
		/*
		 * The waiting interpreter has died: the sandbox can't be
		 * trusted.
		 */
		return -ECHILD;
	}
	if (init->input_ends && init->input.length == 0 &&
	    init->stage == ENC_INIT_RUNNING) {
		enc_init_program_shut(&init->program, ENC_INIT_END_STDIN);
	}
	if (init->stage == ENC_INIT_RUNNING && init->program.pid == 0) {
		begin_ending(init);
	}
	if (init->stage == ENC_INIT_ENDING) {
		bool empty = false;

		r = drain(init, &empty);
		if (r == 0 && empty) {
			r = enc_init_link_finish(init);
		}
	}
	return r;
}

/* polled() - the descriptor in a slot of the poll set; -1: none */
static int polled(const struct enc_init *init, size_t slot)
{
	if (slot == RUNNER_SLOT) {
		return init->runner;
	}
	return slot == CHANNEL_SLOT ? enc_init_channel_fd(&init->channel)
				    : init->program.ends[slot];
}

/*
 * loop() - serve all events until the last byte is sent. Return: 0, or the
 * error that broke the link
 */
static int loop(struct enc_init *init, const sigset_t *while_waiting)
{
	while (init->stage != ENC_INIT_FLUSHING || init->out.length > 0) {
		struct pollfd set[SLOT_MAX];
		int r;

		for (size_t i = 0; i < SLOT_MAX; i++) {
			set[i] = (struct pollfd){
				.fd = polled(init, i),
				.events = wanted(init, i),
			};
			/*
			 * a hangup would wake poll() at once, again and again
			 */
			if (i != RUNNER_SLOT && set[i].events == 0) {
				set[i].fd = -1;
			}
		}
		r = ppoll(set, ENC_COUNT(set), NULL, while_waiting);
		if (r < 0 && errno != EINTR) {
			return -errno;
		}
		reap(init);
		r = r < 0 ? 0 : serve(init, set);
		if (r == 0) {
			r = settle(init);
		}
		if (r < 0) {
			return r;
		}
	}
	return 0;
}

static void on_child(int signal)
{
	(void)signal; /* the signal only has to interrupt ppoll() */
}

/* catch_children() - let SIGCHLD in during ppoll() only */
static int catch_children(sigset_t *ret_while_waiting)
{
	struct sigaction action = { .sa_handler = on_child };
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &children, ret_while_waiting) < 0 ||
	    sigaction(SIGCHLD, &action, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
		return -errno;
	}
	sigdelset(ret_while_waiting, SIGCHLD);
	return 0;
}

/* start_waiting() - start an interpreter, which waits to be told what to run */
static int start_waiting(struct enc_init *init, enum enc_language language)
{
	const char *entry = enc_language_info(language)->entry;
	const struct enc_message_launch nothing = {
		.language = language,
		.entry = { entry, strlen(entry) },
	};
	ENC_AUTO(init_command) command = { 0 };
	int r;

	enc_init_command_make(&nothing, ENC_INIT_ROLE_WAIT, &command);
	r = enc_init_program_start(&init->program, &command,
				   /* waits= */ true);
	init->waits = r == 0 ? language : ENC_LANGUAGE_INVALID;
	return r;
}

/*
 * await_gate() - wait for CHECK of the gate: before the network exists, the
 * self-check would see everything refused
 */
static int await_gate(const struct enc_init *init)
{
	struct pollfd wait = { .fd = init->runner, .events = POLLIN };
	uint8_t bytes[ENC_FRAME_HEADER_BYTES];
	struct enc_frame frame;
	ssize_t n;

	/* No deadline is needed: the launcher's side has one for READY. */
	while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
	}
	/* The frame was sent in one piece, so it arrives in one piece. */
	n = recv(init->runner, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n != sizeof(bytes)) {
		return n < 0 ? -errno : -EPIPE;
	}
	return enc_frame_parse(ENC_FRAME_FROM_GATE_DOWN, bytes, sizeof(bytes),
			       &frame) == sizeof(bytes) &&
			       frame.type == ENC_FRAME_CHECK
		       ? 0
		       : -EPROTO;
}

/*
 * prepare() - prepare init before a session: harden it, start the interpreter
 * that waits, run the self-check
 */
static int prepare(struct enc_init *init, enum enc_language language,
		   bool descriptors_clean)
{
	int r = enc_fd_fill_standard();

	if (r == 0) {
		r = enc_init_ids_harden();
	}
	if (r == 0 && (prctl(PR_SET_NAME, "enclave-init", 0, 0, 0) < 0 ||
		       fcntl(init->runner, F_SETFD, FD_CLOEXEC) < 0)) {
		r = -errno;
	}
	if (r == 0) {
		r = enc_init_files_open(&init->files);
	}
	if (r == 0 && language != ENC_LANGUAGE_COMMAND) {
		/* The interpreter starts during the self-check. */
		r = start_waiting(init, language);
	}
	if (r == 0) {
		r = await_gate(init);
	}
	if (r == 0) {
		r = enc_init_channel_open(&init->channel);
	}
	if (r < 0) {
		return r;
	}
	init->ready = enc_init_check(descriptors_clean);
	return init->waits == ENC_LANGUAGE_INVALID
		       ? enc_init_link_become_ready(init)
		       : 0;
}

int enc_init_run(int runner, enum enc_language language)
{
	struct enc_init init = {
		.in = ENC_BUF(IN_MAX_BYTES),
		.out = ENC_BUF(OUT_MAX_BYTES),
		.input = ENC_BUF(STDIN_MAX_BYTES),
		.fault = ENC_BUF((size_t)2 * ENC_INIT_FAULT_BYTES),
		.go = ENC_BUF(ENC_INIT_GO_MAX_BYTES + 2 * sizeof(uint32_t)),
	};
	sigset_t while_waiting;
	int r;

	if (getpid() != 1) {
		return ENC_INIT_EXIT_BROKEN;
	}
	init.runner = runner;
	r = enc_init_program_init(&init.program);
	enc_init_channel_init(&init.channel);
	if (r == 0) {
		r = catch_children(&while_waiting);
	}
	if (r == 0) {
		r = prepare(&init, language, enc_init_check_descriptors());
	}
	if (r == 0) {
		r = loop(&init, &while_waiting);
	}
	if (r < 0) {
		return ENC_INIT_EXIT_BROKEN;
	}
	enc_failpoint(ENC_FAILPOINT_INIT_EXIT_AFTER);
	return init.exit.signal != 0 ? SIGNAL_BASE + (int)init.exit.signal
				     : init.exit.code;
}
