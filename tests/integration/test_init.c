#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "clock.h"
#include "init.h"
#include "jail.h"
#include "message.h"
#include "probe.h"

/* The real enclave-init with real interpreters, in namespaces of its own. */

enum { DEADLINE_MS = 30000, OUTPUT_MAX_BYTES = 8 << 20, SKIPPED = 77 };

static char rootfs[4096];
static int init_fd = -1;
/* Every test is run for each: what it launches waits, or something else. */
static const char *waits = "command";

/* ---- one session ---- */

struct session {
	struct jail jail;
	struct enc_buf in;
	struct enc_buf out;	/* to send */
	struct enc_buf text[2]; /* stdout, stderr */
	struct enc_buf result;
	struct enc_message_ready ready;
	struct enc_message_exit exit;
	int frames[64]; /* how often each type came */
	int ends[2];
	enum enc_reject_reason rejected;
	int wait_status;
	bool over; /* end of the stream */
};

static void enc_session_done(struct session *s)
{
	if (s->jail.pid > 0) { /* a failed assertion came this way */
		ENC_IGNORE(kill(s->jail.pid, SIGKILL));
		ENC_IGNORE(waitpid(s->jail.pid, NULL, 0));
	}
	close(s->jail.runner);
	enc_buf_done(&s->in);
	enc_buf_done(&s->out);
	enc_buf_done(&s->text[0]);
	enc_buf_done(&s->text[1]);
	enc_buf_done(&s->result);
}

#define SESSION __attribute__((cleanup(enc_session_done))) struct session

static void send_frame(struct session *s, enum enc_frame_type type,
		       uint8_t flags, const void *bytes, size_t length)
{
	const struct enc_frame frame = { .type = type,
					 .flags = flags,
					 .payload = bytes,
					 .payload_length = length };

	assert_int_equal(enc_frame_append(&s->out, ENC_FRAME_FROM_GATE_DOWN,
					  &frame),
			 0);
}

static void begin_silent(struct session *s, bool without_filter)
{
	const struct jail_plan plan = { .init = init_fd,
					.rootfs = rootfs,
					.waits = waits,
					.without_filter = without_filter };

	*s = (struct session){
		.in = ENC_BUF(2 * ENC_FRAME_MAX_BYTES),
		.out = ENC_BUF(16 * ENC_FRAME_MAX_BYTES),
		.text = { ENC_BUF(OUTPUT_MAX_BYTES),
			  ENC_BUF(OUTPUT_MAX_BYTES) },
		.result = ENC_BUF(ENC_FRAME_MAX_BYTES),
	};
	assert_int_equal(jail_start(&plan, &s->jail), 0);
}

static void begin_unfiltered(struct session *s, bool without_filter)
{
	begin_silent(s, without_filter);
	send_frame(s, ENC_FRAME_CHECK, 0, NULL, 0);
}

static void begin(struct session *s)
{
	begin_unfiltered(s, false);
}

static struct enc_text text(const char *bytes)
{
	return (struct enc_text){ bytes, strlen(bytes) };
}

static void send_file(struct session *s, enum enc_file_root root,
		      const char *path, const void *bytes, size_t length,
		      uint8_t flags)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);
	const struct enc_message_file file = { .root = root,
					       .mode = 0640,
					       .path = text(path),
					       .content = bytes,
					       .content_length = length };

	assert_int_equal(enc_message_file_write(&payload, &file), 0);
	send_frame(s, ENC_FRAME_FILE, flags, enc_buf_bytes(&payload),
		   payload.length);
}

static void send_launch(struct session *s,
			const struct enc_message_launch *launch)
{
	ENC_AUTO(buf) payload = ENC_BUF(ENC_FRAME_PAYLOAD_MAX_BYTES);

	assert_int_equal(enc_message_launch_write(&payload, launch), 0);
	send_frame(s, ENC_FRAME_LAUNCH, 0, enc_buf_bytes(&payload),
		   payload.length);
}

/* note_frame() - what came up, where a test can look at it */
static void note_frame(struct session *s, const struct enc_frame *frame)
{
	int stream = (frame->flags & ENC_FRAME_F_STDERR) != 0;
	size_t keep;

	s->frames[frame->type]++;
	if (frame->type == ENC_FRAME_READY) {
		assert_int_equal(enc_message_ready_parse(frame->payload,
							 frame->payload_length,
							 &s->ready),
				 0);
	} else if (frame->type == ENC_FRAME_OUT) {
		assert_int_equal(s->ends[stream], 0);
		s->ends[stream] += (frame->flags & ENC_FRAME_F_END) != 0;
		/* who floods is cut, as the host cuts it by outputBytes */
		keep = ENC_MIN(frame->payload_length,
			       OUTPUT_MAX_BYTES - s->text[stream].length);
		assert_int_equal(enc_buf_append(&s->text[stream],
						frame->payload, keep),
				 0);
	} else if (frame->type == ENC_FRAME_RESULT) {
		enc_buf_clear(&s->result);
		assert_int_equal(enc_buf_append(&s->result, frame->payload,
						frame->payload_length),
				 0);
	} else if (frame->type == ENC_FRAME_REJECTED) {
		assert_int_equal(frame->payload_length, 1);
		s->rejected = (enum enc_reject_reason)frame->payload[0];
	} else if (frame->type == ENC_FRAME_EXIT) {
		assert_int_equal(enc_message_exit_parse(frame->payload,
							frame->payload_length,
							&s->exit),
				 0);
	}
}

static void read_frames(struct session *s)
{
	static uint8_t bytes[1 << 16];
	ssize_t n = read(s->jail.runner, bytes, sizeof(bytes));
	struct enc_frame frame;
	int taken;

	assert_true(n >= 0 || errno == ECONNRESET);
	s->over = n <= 0;
	assert_int_equal(enc_buf_append(&s->in, bytes, n > 0 ? (size_t)n : 0),
			 0);
	while ((taken = enc_frame_parse(ENC_FRAME_FROM_INIT,
					enc_buf_bytes(&s->in), s->in.length,
					&frame)) > 0) {
		note_frame(s, &frame);
		enc_buf_consume(&s->in, (size_t)taken);
	}
	assert_int_equal(taken, 0);
}

/* turn() - one event; a test that waits for nothing fails */
static void turn(struct session *s, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - enc_clock_mono_ms();
	struct pollfd set = { .fd = s->jail.runner, .events = POLLIN };

	if (s->out.length > 0) {
		set.events |= POLLOUT;
	}
	assert_true(left_ms > 0);
	assert_true(poll(&set, 1, (int)left_ms) > 0);
	if ((set.revents & POLLOUT) != 0) {
		ssize_t n = send(s->jail.runner, enc_buf_bytes(&s->out),
				 s->out.length, MSG_DONTWAIT | MSG_NOSIGNAL);

		enc_buf_consume(&s->out, n > 0 ? (size_t)n : 0);
	}
	if ((set.revents & (POLLIN | POLLHUP)) != 0) {
		read_frames(s);
	}
}

static void wait_frame(struct session *s, enum enc_frame_type type)
{
	int64_t deadline_ms = enc_clock_mono_ms() + enc_paced_ms(DEADLINE_MS);

	while (s->frames[type] == 0) {
		assert_false(s->over);
		turn(s, deadline_ms);
	}
}

/* wait_text() - until stdout holds it */
static void wait_text(struct session *s, const char *wanted)
{
	int64_t deadline_ms = enc_clock_mono_ms() + enc_paced_ms(DEADLINE_MS);

	while (memmem(enc_buf_bytes(&s->text[0]), s->text[0].length, wanted,
		      strlen(wanted)) == NULL) {
		assert_false(s->over);
		turn(s, deadline_ms);
	}
}

/* end() - everything is told and init is dead */
static void end(struct session *s)
{
	int64_t deadline_ms = enc_clock_mono_ms() + enc_paced_ms(DEADLINE_MS);

	while (!s->over) {
		turn(s, deadline_ms);
	}
	assert_int_equal(waitpid(s->jail.pid, &s->wait_status, 0), s->jail.pid);
	s->jail.pid = 0;
}

/* assert_exit() - EXIT and init's own end say the same, all was ended once */
static void assert_exit(const struct session *s, int code, unsigned int signal)
{
	assert_int_equal(s->exit.code, code);
	assert_int_equal(s->exit.signal, signal);
	assert_true(WIFEXITED(s->wait_status));
	assert_int_equal(WEXITSTATUS(s->wait_status),
			 signal != 0 ? 128 + (int)signal : code);
	assert_int_equal(s->frames[ENC_FRAME_EXIT], 1);
	assert_int_equal(s->ends[0], 1);
	assert_int_equal(s->ends[1], 1);
}

static void assert_text(const struct enc_buf *buf, const char *wanted)
{
	if (buf->length != strlen(wanted) ||
	    memcmp(enc_buf_bytes(buf), wanted, buf->length) != 0) {
		fail_msg("got '%.*s', not '%s'",
			 (int)ENC_MIN(buf->length, 4000),
			 (const char *)enc_buf_bytes(buf), wanted);
	}
}

static void launch_code(struct session *s, enum enc_language language,
			const char *code)
{
	static struct enc_message_launch launch;
	const char *entry =
		language == ENC_LANGUAGE_NODE ? "main.js" : "main.py";

	launch = (struct enc_message_launch){
		.language = language,
		.entry = text(entry),
		.argv_count = 1,
		.argv = { text("one argument") },
		.env_count = 2,
		.env = { text("ENCLAVE_SESSION_ID=s-1"), text("HOME=/work") },
	};
	send_file(s, ENC_FILE_WORK, entry, code, strlen(code), 0);
	send_launch(s, &launch);
}

static void launch_command(struct session *s, const char *script)
{
	static struct enc_message_launch launch;

	launch = (struct enc_message_launch){
		.language = ENC_LANGUAGE_COMMAND,
		.argv_count = 3,
		.argv = { text("sh"), text("-c"), text(script) },
	};
	send_launch(s, &launch);
}

/* run() - a program from nothing to its end, stdin closed */
static void run(struct session *s, enum enc_language language, const char *code)
{
	begin(s);
	send_frame(s, ENC_FRAME_STDIN, ENC_FRAME_F_END, NULL, 0);
	if (language == ENC_LANGUAGE_COMMAND) {
		launch_command(s, code);
	} else {
		launch_code(s, language, code);
	}
	end(s);
}

/* ---- the self-check ---- */

static void test_every_forbidden_act_is_tried_and_refused(void **state)
{
	SESSION s;

	(void)state;
	begin(&s);
	wait_frame(&s, ENC_FRAME_READY);
	assert_int_equal(s.ready.tried, (UINT64_C(1) << ENC_PROBE_MAX) - 1);
	for (size_t i = 0; i < ENC_PROBE_MAX; i++) {
		if ((s.ready.missed >> i & 1) != 0) {
			print_error("missed: %s\n",
				    enc_probe_name((enum enc_probe)i));
		}
	}
	assert_int_equal(s.ready.missed, 0);
	send_frame(&s, ENC_FRAME_CLOSE, 0, NULL, 0);
	end(&s);
	assert_exit(&s, 0, 0);
}

/* Without a network everything would be refused. */
static void test_nothing_is_checked_before_the_gate_serves(void **state)
{
	SESSION s;
	struct pollfd wait = { .events = POLLIN };

	(void)state;
	begin_silent(&s, false);
	wait.fd = s.jail.runner;
	assert_int_equal(poll(&wait, 1, /* ms= */ 300), 0);
	send_frame(&s, ENC_FRAME_CHECK, 0, NULL, 0);
	wait_frame(&s, ENC_FRAME_READY);
	send_frame(&s, ENC_FRAME_CLOSE, 0, NULL, 0);
	end(&s);
}

/* The check is worth something only if it can fail. */
static void test_a_missing_filter_is_found(void **state)
{
	SESSION s;

	(void)state;
	begin_unfiltered(&s, true);
	wait_frame(&s, ENC_FRAME_READY);
	assert_true(s.ready.missed >> ENC_PROBE_UNSHARE_USER & 1);
	assert_true(s.ready.missed >> ENC_PROBE_IO_URING & 1);
	assert_true(s.ready.missed >> ENC_PROBE_KEYCTL & 1);
	send_frame(&s, ENC_FRAME_CLOSE, 0, NULL, 0);
	end(&s);
}

/* ---- programs ---- */

static void test_python_hello_and_result(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "import sys, os\n"
	    "print('hello', sys.argv, __name__, sys.path[0], os.getcwd())\n"
	    "print(os.getuid(), os.getgid(), os.getgroups(), os.environ)\n"
	    "print(sorted(os.listdir('/proc/self/fd'))[:-1])\n"
	    "sys.stderr.write('err')\n"
	    "enclave.result({'n': 1}); enclave.result({'answer': 285})\n");
	assert_text(&s.text[1], "err");
	assert_text(&s.text[0],
		    "hello ['main.py', 'one argument'] __main__ "
		    "/work /work\n"
		    "1000 1000 [] environ({'PATH': "
		    "'/usr/local/bin:/usr/bin:/bin', 'LANG': 'C.UTF-8', "
		    "'USER': 'enclave', 'LOGNAME': 'enclave', "
		    "'ENCLAVE_SESSION_ID': 's-1', 'HOME': '/work'})\n"
		    "['0', '1', '2']\n");
	assert_text(&s.result, "{\"answer\": 285}");
	assert_exit(&s, 0, 0);
	assert_int_equal(s.frames[ENC_FRAME_STARTED], 1);
	/* The gate keeps the last one. */
	assert_int_equal(s.frames[ENC_FRAME_RESULT], 2);
	assert_int_equal(s.frames[ENC_FRAME_REJECTED], 0);
}

static void test_node_hello_and_result(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_NODE,
	    "const os = require('os');\n"
	    "console.log('hello', process.argv.slice(1), process.cwd(),"
	    " os.userInfo().username);\n"
	    "console.log(require.main === module, __dirname);\n"
	    "enclave.result({ answer: 285 });\n");
	assert_text(&s.text[1], "");
	assert_text(&s.text[0], "hello [ '/work/main.js', 'one argument' ]"
				" /work enclave\ntrue /work\n");
	assert_text(&s.result, "{\"answer\":285}");
	assert_exit(&s, 0, 0);
}

static const struct ending {
	enum enc_language language;
	const char *code;
	int exit_code;
	unsigned int signal;
} endings[] = {
	{ ENC_LANGUAGE_PYTHON, "import sys; sys.exit(3)", 3, 0 },
	{ ENC_LANGUAGE_PYTHON, "import sys; sys.exit('words')", 1, 0 },
	{ ENC_LANGUAGE_PYTHON, "import os; os._exit(137)", 137, 0 },
	{ ENC_LANGUAGE_PYTHON, "raise ValueError(1)", 1, 0 },
	{ ENC_LANGUAGE_PYTHON, "raise KeyboardInterrupt", 0, SIGINT },
	{ ENC_LANGUAGE_PYTHON, "this is no python", 1, 0 },
	{ ENC_LANGUAGE_PYTHON, "import os; os.abort()", 0, SIGABRT },
	{ ENC_LANGUAGE_PYTHON, "import os, signal; os.kill(os.getpid(), 9)", 0,
	  SIGKILL },
	{ ENC_LANGUAGE_NODE, "process.exit(4)", 4, 0 },
	{ ENC_LANGUAGE_NODE, "throw new Error('x')", 1, 0 },
	{ ENC_LANGUAGE_NODE, "await new Promise(() => {})", 13, 0 },
	{ ENC_LANGUAGE_NODE, "process.exitCode = 5", 5, 0 },
	{ ENC_LANGUAGE_NODE, "this is no javascript", 1, 0 },
	{ ENC_LANGUAGE_COMMAND, "exit 200", 200, 0 },
	{ ENC_LANGUAGE_COMMAND, "kill -TERM $$", 0, SIGTERM },
	{ ENC_LANGUAGE_COMMAND, "nosuchcommand", 127, 0 },
};

static void test_endings_pass_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(endings); i++) {
		SESSION s;

		run(&s, endings[i].language, endings[i].code);
		if (s.exit.code != endings[i].exit_code) {
			print_error("%s\n", endings[i].code);
		}
		assert_exit(&s, endings[i].exit_code, endings[i].signal);
	}
}

static void test_a_traceback_shows_the_program_alone(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "def f():\n  raise ValueError('x')\nf()\n");
	assert_text(&s.text[1], "Traceback (most recent call last):\n"
				"  File \"/work/main.py\", line 3, in "
				"<module>\n    f()\n"
				"  File \"/work/main.py\", line 2, in f\n"
				"    raise ValueError('x')\n"
				"ValueError: x\n");
}

static void test_no_such_command(void **state)
{
	SESSION s;
	const struct enc_message_launch launch = {
		.language = ENC_LANGUAGE_COMMAND,
		.argv_count = 1,
		.argv = { text("no-such-command") },
	};

	(void)state;
	begin(&s);
	send_launch(&s, &launch);
	end(&s);
	assert_text(&s.text[1], "enclave: can't start 'no-such-command': "
				"No such file or directory\n");
	assert_exit(&s, ENC_INIT_EXIT_NO_EXEC, 0);
	assert_int_equal(s.frames[ENC_FRAME_STARTED], 0);
}

/* ---- the one that waits ---- */

/* What a program can look at, written the same way by both languages. */
static const char python_probe[] =
	"import os, sys, signal\n"
	"print(sys.argv, sys.orig_argv, __name__, __file__, sys.path[0])\n"
	"print(sorted(sys.modules), sorted(globals()), sys.flags)\n"
	"print(list(os.environ.items()), os.getcwd(), os.umask(0))\n"
	"print(sorted(os.listdir('/proc/self/fd'))[:4], os.getpgid(0) == "
	"os.getpid(), os.getsid(0) == os.getpid())\n"
	"print(len(os.listdir('/proc/self/fd')), len(os.listdir('/proc')) > 9)\n"
	"print([p for p in os.listdir('/proc') if p.isdigit()] == ['1', "
	"str(os.getpid())])\n"
	"print([signal.getsignal(s) for s in signal.valid_signals()])\n"
	"print(sys.stdout.encoding, sys.stdin.encoding, sys.stdout.errors,"
	" sys.getfilesystemencoding(), os.environb)\n"
	"import subprocess\n"
	"print(subprocess.run(['env'], capture_output=True).stdout)\n";

static const char node_probe[] =
	"import fs from 'fs'; import cp from 'child_process';\n"
	"console.log(process.argv, process.execArgv, process.cwd());\n"
	"console.log(Object.entries(process.env), process.umask());\n"
	"console.log(Reflect.ownKeys(globalThis).map(String));\n"
	"console.log(fs.readdirSync('/proc/self/fd').slice(0, 4));\n"
	"console.log(cp.execSync('env').toString());\n";

/* look() - what @code prints, started as @with says */
static void look(const char *with, enum enc_language language, const char *code,
		 struct enc_buf *ret_text)
{
	const char *former = waits;
	SESSION s;

	waits = with;
	run(&s, language, code);
	waits = former;
	assert_text(&s.text[1], "");
	assert_exit(&s, 0, 0);
	assert_true(s.text[0].length > 0);
	assert_int_equal(enc_buf_append(ret_text, enc_buf_bytes(&s.text[0]),
					s.text[0].length),
			 0);
}

static void test_a_program_sees_the_same_as_in_a_fresh_one(void **state)
{
	ENC_AUTO(buf) fresh = ENC_BUF(OUTPUT_MAX_BYTES);
	ENC_AUTO(buf) waited = ENC_BUF(OUTPUT_MAX_BYTES);

	(void)state;
	look("command", ENC_LANGUAGE_PYTHON, python_probe, &fresh);
	look("python", ENC_LANGUAGE_PYTHON, python_probe, &waited);
	assert_int_equal(enc_buf_append(&fresh, "", 1), 0);
	assert_text(&waited, (const char *)enc_buf_bytes(&fresh));
	enc_buf_clear(&fresh);
	enc_buf_clear(&waited);
	look("command", ENC_LANGUAGE_NODE, node_probe, &fresh);
	look("node", ENC_LANGUAGE_NODE, node_probe, &waited);
	assert_int_equal(enc_buf_append(&fresh, "", 1), 0);
	assert_text(&waited, (const char *)enc_buf_bytes(&fresh));
}

/* What acts on an interpreter that starts is not lost on one that waits. */
static void test_what_acts_at_the_start_acts(void **state)
{
	static const char code[] =
		"import sys, time\nprint(sys.flags.dev_mode, time.tzname[0],"
		" '/work/.local/lib/python3.11/site-packages' in sys.path)\n";
	static struct enc_message_launch launch;

	(void)state;
	for (int i = 0; i < 2; i++) {
		SESSION s;

		launch = (struct enc_message_launch){
			.language = ENC_LANGUAGE_PYTHON,
			.entry = text("main.py"),
			.env_count = i == 0 ? 2 : 0,
			.env = { text("PYTHONDEVMODE=1"), text("TZ=XYZ-3") },
		};
		begin(&s);
		send_file(&s, ENC_FILE_WORK, "main.py", code, strlen(code), 0);
		if (i == 1) {
			send_file(&s, ENC_FILE_WORK,
				  ".local/lib/python3.11/site-packages/x.py",
				  "", 0, 0);
		}
		send_launch(&s, &launch);
		end(&s);
		assert_text(&s.text[0],
			    i == 0 ? "True XYZ False\n" : "False UTC True\n");
	}
}

/* child_of() - the only one of that pid, or 0 */
static pid_t child_of(pid_t pid)
{
	char path[64];
	char line[32] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		       (int)pid, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, line, sizeof(line) - 1) >= 0);
	close(fd);
	return (pid_t)strtol(line, NULL, 10);
}

/* Whatever ended it: a sandbox whose interpreter is gone is none any more. */
static void test_a_waiting_one_that_dies_ends_everything(void **state)
{
	SESSION s;
	pid_t child;

	(void)state;
	begin(&s);
	wait_frame(&s, ENC_FRAME_READY);
	child = child_of(s.jail.pid);
	if (strcmp(waits, "command") == 0) {
		assert_int_equal(child, 0);
		return;
	}
	assert_true(child > 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	end(&s);
	assert_int_equal(WEXITSTATUS(s.wait_status), ENC_INIT_EXIT_BROKEN);
	assert_int_equal(s.frames[ENC_FRAME_EXIT], 0);
}

/* A LAUNCH larger than what a socket holds. */
static void test_a_go_of_full_size(void **state)
{
	enum { EACH = 60000, COUNT = 16 };
	static struct enc_message_launch launch;
	static char big[EACH];
	static const char code[] =
		"import os, sys\n"
		"print(sum(map(len, sys.argv[1:])), len(os.environ['BIG']))\n";
	SESSION s;

	(void)state;
	memset(big, 'x', sizeof(big));
	memcpy(big, "BIG=", 4);
	launch = (struct enc_message_launch){
		.language = ENC_LANGUAGE_PYTHON,
		.entry = text("main.py"),
		.argv_count = COUNT,
		.env_count = 1,
		.env = { { big, EACH } },
	};
	for (size_t i = 0; i < COUNT; i++) {
		launch.argv[i] = (struct enc_text){ big, EACH };
	}
	begin(&s);
	send_file(&s, ENC_FILE_WORK, "main.py", code, strlen(code), 0);
	send_launch(&s, &launch);
	end(&s);
	assert_text(&s.text[1], "");
	assert_text(&s.text[0], "960000 59996\n");
	assert_exit(&s, 0, 0);
}

/* ---- results ---- */

static const struct delivery {
	const char *code; /* sends to the channel by itself: c, its socket */
	enum enc_reject_reason rejected;
	const char *result; /* NULL: none */
	const char *answer; /* what the program gets */
} deliveries[] = {
	{ "c.send(b'hello world'); c.shutdown(1)", ENC_REJECT_FRAMING, NULL,
	  "b''" },
	{ "c.send(b'\\0\\0\\0\\5[1,2'); c.shutdown(1)", ENC_REJECT_FRAMING,
	  NULL, "b''" },
	{ "c.send(b'\\0\\0\\0\\1' b'7' b'8')", ENC_REJECT_FRAMING, NULL,
	  "b'\\x01'" },
	{ "c.send(b'\\0\\0'); time.sleep(.01); c.send(b'\\0\\2' b'4');"
	  "time.sleep(.01); c.send(b'2')",
	  ENC_REJECT_INVALID, "42", "b'\\x00'" },
	{ "c.send(b'\\0\\0\\0\\0')", ENC_REJECT_JSON, NULL, "b'\\x03'" },
	{ "c.send(b'\\0\\0\\0\\2[1')", ENC_REJECT_JSON, NULL, "b'\\x03'" },
	{ "c.send(b'\\0\\0\\0\\3\"\\xff\"')", ENC_REJECT_UTF8, NULL,
	  "b'\\x05'" },
	{ "c.send(b'\\0\\0\\0\\x82' + b'[' * 65 + b']' * 65)", ENC_REJECT_DEPTH,
	  NULL, "b'\\x04'" },
	{ "c.close(); c = connect()", ENC_REJECT_INVALID, NULL, NULL },
	{ "c.sendall(b'\\0\\x10\\0\\1' + bytes(2**20 + 1))",
	  ENC_REJECT_TOO_LARGE, NULL, "b'\\x02'" },
	{ "c.send(b'\\0'); d = connect();"
	  "d.send(b'\\0\\0\\0\\1' b'7'); c.close(); c = d",
	  ENC_REJECT_FRAMING, "7", "b'\\x00'" },
};

/* Each process may connect by itself, and knows at once what became of it. */
static void test_deliveries(void **state)
{
	static const char frame[] =
		"import socket, time\n"
		"def connect():\n"
		"  c = socket.socket(socket.AF_UNIX)\n"
		"  c.connect('\\0enclave-result'); return c\n"
		"c = connect()\n%s\n%s";

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(deliveries); i++) {
		const struct delivery *row = &deliveries[i];
		SESSION s;
		char code[1024];
		char wanted[64];

		ENC_ASSERT(snprintf(code, sizeof(code), frame, row->code,
				    row->answer == NULL
					    ? "print(None)"
					    : "print(c.recv(2))") < 1024);
		(void)snprintf(wanted, sizeof(wanted), "%s\n",
			       row->answer == NULL ? "None" : row->answer);
		run(&s, ENC_LANGUAGE_PYTHON, code);
		assert_text(&s.text[1], "");
		assert_text(&s.text[0], wanted);
		assert_int_equal(s.rejected, row->rejected);
		assert_int_equal(s.frames[ENC_FRAME_RESULT],
				 row->result != NULL);
		if (row->result != NULL) {
			assert_text(&s.result, row->result);
		}
	}
}

static void test_results_that_are_refused_to_the_program(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "deep = eval('[' * 65 + ']' * 65)\n"
	    "for value in (float('nan'), {1j: 2}, '\\ud800', 'x' * 2**20,"
	    " {1: 1, '1': 2}, deep):\n"
	    "  try:\n    enclave.result(value)\n"
	    "  except (TypeError, ValueError) as error:\n"
	    "    print(type(error).__name__)\n"
	    "import os, subprocess, sys\n"
	    "os.closerange(3, 1000)\n"
	    "print(subprocess.run([sys.executable, '-ISc', 'import enclave;"
	    " enclave.result([1.10, \"é\"])']).returncode)\n");
	assert_text(&s.text[1], "");
	assert_text(&s.text[0], "ValueError\nTypeError\nUnicodeEncodeError\n"
				"ValueError\nValueError\nValueError\n0\n");
	assert_text(&s.result, "[1.1, \"é\"]");
}

/* The last megabyte is in flight when the program ends. */
static void test_a_result_of_full_size(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "import os\nenclave.result('x' * (2**20 - 2))\nos._exit(0)\n");
	assert_int_equal(s.result.length, 1 << 20);
	assert_exit(&s, 0, 0);
}

/* ---- streams ---- */

static void test_a_megabyte_of_each_stream(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "import sys\n"
	    "sys.stdout.write('o' * 2**20); sys.stderr.write('e' * 2**20)\n");
	assert_int_equal(s.text[0].length, 1 << 20);
	assert_int_equal(s.text[1].length, 1 << 20);
	assert_exit(&s, 0, 0);
}

static void test_stdin_comes_whole_before_and_after_launch(void **state)
{
	enum { HALF = 700000 };
	static char bytes[HALF];
	SESSION s;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	begin(&s);
	send_frame(&s, ENC_FRAME_STDIN, 0, bytes, HALF);
	launch_code(&s, ENC_LANGUAGE_PYTHON,
		    "import sys\nprint(len(sys.stdin.read()))\n");
	wait_frame(&s, ENC_FRAME_STARTED);
	send_frame(&s, ENC_FRAME_STDIN, ENC_FRAME_F_END, bytes, HALF);
	end(&s);
	assert_text(&s.text[0], "1400000\n");
	assert_exit(&s, 0, 0);
}

static void test_stdin_that_nobody_reads(void **state)
{
	static char bytes[1 << 20];
	SESSION s;

	(void)state;
	begin(&s);
	launch_code(&s, ENC_LANGUAGE_PYTHON,
		    "import os\nos.close(0)\nprint('closed')\n"
		    "import time\ntime.sleep(100)\n");
	wait_text(&s, "closed");
	for (int i = 0; i < 12; i++) {
		send_frame(&s, ENC_FRAME_STDIN, 0, bytes, sizeof(bytes));
	}
	send_frame(&s, ENC_FRAME_SIGNAL, 0, "\x0f", 1);
	end(&s);
	assert_exit(&s, 0, SIGTERM);
}

static void test_output_goes_on_while_the_stream_is_full(void **state)
{
	SESSION s;

	(void)state;
	begin(&s);
	send_frame(&s, ENC_FRAME_STDIN, ENC_FRAME_F_END, NULL, 0);
	launch_command(&s, "head -c 4000000 /dev/urandom; echo end >&2");
	/* nothing is read here until init has stopped reading the pipe */
	while (s.out.length > 0) {
		ssize_t n = send(s.jail.runner, enc_buf_bytes(&s.out),
				 s.out.length, MSG_NOSIGNAL);

		assert_true(n > 0);
		enc_buf_consume(&s.out, (size_t)n);
	}
	end(&s);
	assert_int_equal(s.text[0].length, 4000000);
	assert_text(&s.text[1], "end\n");
}

static void test_what_it_opens_anew(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_COMMAND, "echo hello > /dev/stdout");
	assert_text(&s.text[0], "hello\n");
	assert_exit(&s, 0, 0);
}

/* ---- the end ---- */

static void test_signals(void **state)
{
	SESSION s;

	(void)state;
	begin(&s);
	launch_code(&s, ENC_LANGUAGE_PYTHON,
		    "import signal, sys\n"
		    "signal.signal(15, lambda *_: sys.exit(7))\n"
		    "print('ready')\n"
		    "while True: signal.pause()\n");
	wait_text(&s, "ready");
	send_frame(&s, ENC_FRAME_SIGNAL, 0, "\x0f", 1);
	end(&s);
	assert_exit(&s, 7, 0);
}

static void test_close_ends_a_running_program(void **state)
{
	SESSION s;

	(void)state;
	begin(&s);
	launch_command(&s, "trap '' TERM INT; echo ready; "
			   "while :; do sleep 1000; done");
	wait_text(&s, "ready");
	send_frame(&s, ENC_FRAME_CLOSE, 0, NULL, 0);
	end(&s);
	assert_exit(&s, 0, SIGKILL);
}

/* Left behind in sessions of their own, holding the pipes, and writing. */
static void test_daemons_delay_nothing(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "import os, sys\n"
	    "r, w = os.pipe()\n"
	    "for i in range(3):\n"
	    "  if os.fork() == 0:\n"
	    "    os.setsid()\n"
	    "    if os.fork() == 0:\n"
	    "      os.write(w, b'x')\n"
	    "      while True: os.write(1, b'y' * 4096)\n"
	    "    os._exit(0)\n"
	    "for i in range(3): os.read(r, 1)\n"
	    "enclave.result(1)\n"
	    "os._exit(9)\n");
	assert_text(&s.result, "1");
	assert_exit(&s, 9, 0);
}

static void test_zombies_are_reaped(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "import os, time\n"
	    "r, w = os.pipe()\n"
	    "for i in range(20):\n"
	    "  if os.fork() == 0:\n"
	    "    if os.fork() == 0:\n"
	    "      os.read(r, 1)\n"
	    "      os._exit(0)\n"
	    "    os._exit(0)\n"
	    "  os.wait()\n"
	    "os.write(w, b'x' * 20)\n"
	    "deadline = time.monotonic() + 20\n"
	    "def left(): return [p for p in os.listdir('/proc') if p.isdigit()]\n"
	    "while len(left()) > 2 and time.monotonic() < deadline:\n"
	    "  os.sched_yield()\n"
	    "print(left() == ['1', str(os.getpid())])\n");
	assert_text(&s.text[0], "True\n");
}

/* Program and init are two users: nothing of init can be touched. */
static void test_init_is_out_of_reach(void **state)
{
	SESSION s;

	(void)state;
	run(&s, ENC_LANGUAGE_PYTHON,
	    "import os, resource, signal\n"
	    "def no(f, *a):\n"
	    "  try: f(*a); print('done', f, a)\n"
	    "  except OSError as e: print(e.errno)\n"
	    "no(os.kill, 1, 9); no(os.kill, 1, 19); no(os.kill, 1, 0)\n"
	    "no(open, '/proc/1/mem'); no(open, '/proc/1/environ')\n"
	    "no(os.listdir, '/proc/1/fd'); no(os.readlink, '/proc/1/exe')\n"
	    "no(os.setpriority, os.PRIO_PROCESS, 1, 19)\n"
	    "no(resource.prlimit, 1, resource.RLIMIT_NOFILE, (1, 1))\n"
	    "no(os.pidfd_open, 99)\n"
	    "no(signal.pidfd_send_signal, os.pidfd_open(1), 9)\n"
	    "no(os.open, '/workload/x', os.O_WRONLY | os.O_CREAT)\n"
	    "no(os.mkdir, '/workload/d')\n"
	    "no(os.chmod, '/workload', 0o777)\n"
	    "no(os.setuid, 0); no(os.setgid, 0); no(os.setgroups, [0])\n");
	assert_text(&s.text[0], "1\n1\n1\n13\n13\n13\n13\n1\n1\n3\n1\n"
				"13\n13\n1\n1\n1\n1\n");
}

static void test_files_belong_to_whom_they_should(void **state)
{
	enum { HALF = 600000 };
	static char bytes[HALF];
	SESSION s;

	(void)state;
	begin(&s);
	send_file(&s, ENC_FILE_WORK, "a/b/c.bin", bytes, HALF, 0);
	send_file(&s, ENC_FILE_WORK, "a/b/c.bin", bytes, HALF,
		  ENC_FRAME_F_APPEND);
	send_file(&s, ENC_FILE_WORKLOAD, "lib/helper.py", "X = 5\n", 6, 0);
	launch_code(
		&s, ENC_LANGUAGE_PYTHON,
		"import os, sys; sys.path[0] = '/workload'\nimport lib.helper\n"
		"def show(p):\n  s = os.stat(p)\n"
		"  print(p, s.st_size, oct(s.st_mode), s.st_uid, s.st_gid)\n"
		"for p in ('/work/a/b/c.bin', '/work/a/b',"
		" '/workload/lib/helper.py', '/workload/lib'):\n"
		"  show(p)\n"
		"os.unlink('/work/a/b/c.bin'); os.rmdir('/work/a/b')\n"
		"print(lib.helper.X)\n");
	end(&s);
	assert_text(&s.text[1], "");
	assert_text(&s.text[0], "/work/a/b/c.bin 1200000 0o100640 1000 1000\n"
				"/work/a/b 60 0o40755 1000 1000\n"
				"/workload/lib/helper.py 6 0o100444 0 0\n"
				"/workload/lib 60 0o40755 0 0\n5\n");
}

static void test_a_file_without_room_fails_the_launch(void **state)
{
	static char bytes[100000]; /* the jail's /workload has 64 KiB */
	SESSION s;

	(void)state;
	begin(&s);
	send_file(&s, ENC_FILE_WORKLOAD, "big", bytes, sizeof(bytes), 0);
	launch_command(&s, "echo ran");
	end(&s);
	assert_text(&s.text[0], "");
	assert_text(&s.text[1], "enclave: can't write /workload/big: "
				"No space left on device\n");
	assert_exit(&s, ENC_INIT_EXIT_FILES, 0);
}

/* ---- a broken gate ---- */

static void test_a_broken_link_ends_everything(void **state)
{
	static const uint8_t broken[][ENC_FRAME_HEADER_BYTES] = {
		{ 99 },				    /* no type */
		{ ENC_FRAME_READY },		    /* of the other side */
		{ ENC_FRAME_LAUNCH },		    /* without its payload */
		{ ENC_FRAME_FILE, 0xff },	    /* unknown flags */
		{ ENC_FRAME_STDIN, 0, 0, 0, 0xff }, /* too long */
		{ ENC_FRAME_CHECK }, /* again; the first, CLOSE */
		{ ENC_FRAME_CLOSE },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(broken); i++) {
		SESSION s;

		begin_silent(&s, false);
		if (broken[i][0] != ENC_FRAME_CLOSE) {
			send_frame(&s, ENC_FRAME_CHECK, 0, NULL, 0);
		}
		assert_int_equal(enc_buf_append(&s.out, broken[i],
						sizeof(broken[i])),
				 0);
		end(&s);
		assert_int_equal(WEXITSTATUS(s.wait_status),
				 ENC_INIT_EXIT_BROKEN);
		assert_int_equal(s.frames[ENC_FRAME_EXIT], 0);
	}
}

static void test_a_lost_gate_ends_everything(void **state)
{
	SESSION s;

	(void)state;
	begin(&s);
	launch_command(&s, "echo ready; while :; do sleep 1000; done");
	wait_text(&s, "ready");
	assert_int_equal(shutdown(s.jail.runner, SHUT_RDWR), 0);
	assert_int_equal(waitpid(s.jail.pid, &s.wait_status, 0), s.jail.pid);
	s.jail.pid = 0;
	assert_int_equal(WEXITSTATUS(s.wait_status), ENC_INIT_EXIT_BROKEN);
}

/* ---- */

/* cannot_run() - a skip; fails instead where tests must run */
static int cannot_run(const char *why)
{
	print_message("skipped: %s\n", why);
	return getenv("ENCLAVE_MUST_RUN") == NULL ? SKIPPED : 1;
}

/* open_init() - the program of this build, beside this test */
static int open_init(void)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) / 2);
	char *slash;

	assert_true(length > 0);
	path[length] = '\0';
	slash = strrchr(path, '/');
	assert_non_null(slash);
	memcpy(slash, "/src/bin/enclave-init", sizeof("/src/bin/enclave-init"));
	return open(path, O_PATH | O_CLOEXEC);
}

int main(void)
{
	const char *store = getenv("ENCLAVE_ENVIRONMENTS");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_forbidden_act_is_tried_and_refused),
		cmocka_unit_test(
			test_nothing_is_checked_before_the_gate_serves),
		cmocka_unit_test(test_a_missing_filter_is_found),
		cmocka_unit_test(test_python_hello_and_result),
		cmocka_unit_test(test_node_hello_and_result),
		cmocka_unit_test(test_endings_pass_through),
		cmocka_unit_test(test_a_traceback_shows_the_program_alone),
		cmocka_unit_test(test_no_such_command),
		cmocka_unit_test(
			test_a_program_sees_the_same_as_in_a_fresh_one),
		cmocka_unit_test(test_what_acts_at_the_start_acts),
		cmocka_unit_test(test_a_waiting_one_that_dies_ends_everything),
		cmocka_unit_test(test_a_go_of_full_size),
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_results_that_are_refused_to_the_program),
		cmocka_unit_test(test_a_result_of_full_size),
		cmocka_unit_test(test_a_megabyte_of_each_stream),
		cmocka_unit_test(
			test_stdin_comes_whole_before_and_after_launch),
		cmocka_unit_test(test_stdin_that_nobody_reads),
		cmocka_unit_test(test_output_goes_on_while_the_stream_is_full),
		cmocka_unit_test(test_what_it_opens_anew),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_close_ends_a_running_program),
		cmocka_unit_test(test_daemons_delay_nothing),
		cmocka_unit_test(test_zombies_are_reaped),
		cmocka_unit_test(test_init_is_out_of_reach),
		cmocka_unit_test(test_files_belong_to_whom_they_should),
		cmocka_unit_test(test_a_file_without_room_fails_the_launch),
		cmocka_unit_test(test_a_broken_link_ends_everything),
		cmocka_unit_test(test_a_lost_gate_ends_everything),
	};

	static const char *const words[] = { "command", "python", "node" };
	int failures = 0;

	(void)snprintf(rootfs, sizeof(rootfs), "%s/default/rootfs",
		       store == NULL ? "/var/lib/enclave/environments" : store);
	if (geteuid() != 0) {
		return cannot_run("wants root");
	}
	if (access(rootfs, F_OK) < 0) {
		return cannot_run("no environment; run tools/mkenv default");
	}
#ifdef __SANITIZE_ADDRESS__
	return cannot_run("enclave-init is static only without sanitizers");
#endif
	init_fd = open_init();
	assert_true(init_fd >= 0);
	for (size_t i = 0; i < ENC_COUNT(words); i++) {
		waits = words[i];
		failures +=
			cmocka_run_group_tests_name(waits, tests, NULL, NULL);
	}
	return failures;
}
