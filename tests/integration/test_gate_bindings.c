/*
 * Service bindings with the real gate. The test plays its peers: the launcher,
 * the vault, enclave-api, the program and the upstream.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/certificates.h"
#include "../lib/paced.h"
#include "binding.h"
#include "fd.h"
#include "frame.h"
#include "gate_order.h"
#include "ipc.h"
#include "live_gate.h"
#include "message.h"
#include "vault.h"

enum {
	SKIP = 77,
	WAIT_MS = 5000,
	QUIET_MS = 150,
	ROOM = 512 * 1024,
	NOTES_MAX = 64 * 1024,
};

#define SECRET "sk-0123456789abcdefghijklmnop"
#define NAME "api.svc.enclave.internal"

struct bench {
	struct live_gate gate;
	int vault;
	int upstream; /* listens */
	uint16_t port;
	bool silent; /* enclave-api records nothing */
	struct enc_buf in;
	struct enc_buf notes; /* a line for each report */
	uint64_t reports;
};

static struct bench bench;

/* ---- enclave-api ---- */

static void tell(enum enc_frame_type type, const struct enc_buf *payload)
{
	const struct enc_frame frame = {
		.type = type,
		.payload = enc_buf_bytes(payload),
		.payload_length = payload->length,
	};
	ENC_AUTO(buf) out = ENC_BUF(ENC_FRAME_MAX_BYTES);

	ENC_MUST(enc_frame_append(&out, ENC_FRAME_FROM_API, &frame));
	assert_int_equal(send(bench.gate.control, enc_buf_bytes(&out),
			      out.length, 0),
			 out.length);
}

static void record(void)
{
	const struct enc_message_recorded message = { bench.reports };
	ENC_AUTO(buf) payload = ENC_BUF(64);

	ENC_MUST(enc_message_recorded_write(&payload, &message));
	tell(ENC_FRAME_RECORDED, &payload);
}

static void note_call(const struct enc_frame *frame)
{
	struct enc_message_call call;

	ENC_MUST(enc_message_call_parse(frame->payload, frame->payload_length,
					&call));
	ENC_MUST(enc_buf_printf(&bench.notes,
				"call %s %.*s %.*s %.*s status %u count %u\n",
				enc_call_reason_name(call.reason),
				(int)call.binding.length, call.binding.bytes,
				(int)call.method.length, call.method.bytes,
				(int)call.path.length, call.path.bytes,
				call.status, (unsigned int)call.count));
}

static void note_egress(const struct enc_frame *frame)
{
	struct enc_message_egress egress;

	ENC_MUST(enc_message_egress_parse(frame->payload, frame->payload_length,
					  &egress));
	ENC_MUST(enc_buf_printf(
		&bench.notes, "egress %s %s %.*s %u %.*s count %u\n",
		egress.verdict == ENC_VERDICT_ALLOW ? "allow" : "deny",
		enc_via_name(egress.via), (int)egress.host.length,
		egress.host.bytes, egress.port, (int)egress.rule.length,
		egress.rule.bytes, (unsigned int)egress.count));
}

static void note_redacted(const struct enc_frame *frame)
{
	struct enc_message_redacted redacted;

	ENC_MUST(enc_message_redacted_parse(frame->payload,
					    frame->payload_length, &redacted));
	ENC_MUST(enc_buf_printf(&bench.notes, "redacted %.*s %s count %u\n",
				(int)redacted.binding.length,
				redacted.binding.bytes,
				enc_redacted_name(redacted.where),
				(unsigned int)redacted.count));
}

static void hear(const struct enc_frame *frame)
{
	if (frame->type == ENC_FRAME_CALL) {
		note_call(frame);
	} else if (frame->type == ENC_FRAME_EGRESS) {
		note_egress(frame);
	} else if (frame->type == ENC_FRAME_REDACTED) {
		note_redacted(frame);
	}
	if (frame->type == ENC_FRAME_CALL || frame->type == ENC_FRAME_EGRESS) {
		bench.reports++;
		if (!bench.silent) {
			record();
		}
	}
}

static void listen_to_gate(void)
{
	static uint8_t bytes[65536];
	ssize_t n =
		recv(bench.gate.control, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n <= 0) {
		return;
	}
	ENC_MUST(enc_buf_append(&bench.in, bytes, (size_t)n));
	for (;;) {
		struct enc_frame frame;
		int used = enc_frame_parse(ENC_FRAME_FROM_GATE_UP,
					   enc_buf_bytes(&bench.in),
					   bench.in.length, &frame);

		assert_true(used >= 0);
		if (used == 0) {
			return;
		}
		hear(&frame);
		enc_buf_consume(&bench.in, (size_t)used);
	}
}

/* ---- the launcher ---- */

static void order(const struct enc_gate_order *what, int fd)
{
	assert_int_equal(enc_ipc_send(bench.gate.orders, what, sizeof(*what),
				      fd),
			 0);
}

static void hand_out(void)
{
	struct enc_gate_order asked;
	int fd = -1;

	while (enc_ipc_receive(bench.gate.orders, &asked, sizeof(asked), &fd) ==
	       sizeof(asked)) {
		bool tcp = asked.protocol == IPPROTO_TCP;

		asked.count = AF_INET;
		fd = socket(AF_INET,
			    (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
				    SOCK_CLOEXEC,
			    0);
		assert_true(fd >= 0);
		order(&asked, fd);
		close(fd);
	}
}

/* ---- all of them at once ---- */

/* pump() - serve the gate until @fd is ready. Return: whether it is */
static bool pump(int fd, short events, int wait_ms)
{
	for (;;) {
		struct pollfd polls[] = {
			{ .fd = bench.gate.control, .events = POLLIN },
			{ .fd = bench.gate.orders, .events = POLLIN },
			{ .fd = fd, .events = events },
		};

		if (poll(polls, 3, wait_ms) <= 0) {
			return false;
		}
		if ((polls[0].revents | polls[1].revents) != 0) {
			assert_int_equal(polls[0].revents & POLLHUP, 0);
			listen_to_gate();
			hand_out();
		}
		if (polls[2].revents != 0) {
			return true;
		}
	}
}

static const char *notes(void)
{
	(void)pump(-1, 0, QUIET_MS);
	ENC_MUST(enc_buf_append(&bench.notes, "", 1));
	enc_buf_truncate(&bench.notes, bench.notes.length - 1);
	return (const char *)enc_buf_bytes(&bench.notes);
}

static void assert_noted(const char *line)
{
	const char *all = notes();

	if (strstr(all, line) == NULL) {
		fail_msg("no \"%s\" in:\n%s", line, all);
	}
}

/* count_notes() - how often a text is in the notes */
static int count_notes(const char *text)
{
	int count = 0;

	for (const char *at = notes(); (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	return count;
}

/* read_text() - read until @end has come, or the stream ends; static */
static const char *read_text(int fd, const char *end)
{
	static char text[ROOM];
	size_t length = 0;

	text[0] = '\0';
	while (strstr(text, end) == NULL &&
	       pump(fd, POLLIN, enc_paced_ms(WAIT_MS))) {
		ssize_t n = recv(fd, text + length, sizeof(text) - 1 - length,
				 MSG_DONTWAIT);

		if (n <= 0) {
			if (n < 0) {
				(void)strcat(text, "(reset)");
			}
			break;
		}
		length += (size_t)n;
		text[length] = '\0';
	}
	return text;
}

static void write_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

/* ---- the program ---- */

/* in_session() - a socket of the session's network */
static int in_session(int type)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	assert_int_equal(setns(live_gate_netns(&bench.gate), CLONE_NEWNET), 0);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	return fd;
}

/* resolve() - ask for a name's address */
static struct in_addr resolve(const char *name)
{
	static const uint8_t head[] = { 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	static const uint8_t type[] = { 0, 0, 1, 0, 1 };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(53) };
	int fd = in_session(SOCK_DGRAM);
	uint8_t bytes[512];
	size_t length = sizeof(head);
	struct in_addr found;
	ssize_t n;

	memcpy(bytes, head, sizeof(head));
	while (*name != '\0') {
		size_t label = strcspn(name, ".");

		bytes[length++] = (uint8_t)label;
		memcpy(bytes + length, name, label);
		length += label;
		name += label + (name[label] == '.' ? 1 : 0);
	}
	memcpy(bytes + length, type, sizeof(type));
	length += sizeof(type);
	(void)inet_pton(AF_INET, "8.8.8.8", &to.sin_addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(fd, bytes, length, 0), length);
	assert_true(pump(fd, POLLIN, enc_paced_ms(WAIT_MS)));
	n = recv(fd, bytes, sizeof(bytes), 0);
	close(fd);
	assert_true(n > 4);
	memcpy(&found, bytes + n - 4, sizeof(found));
	return found;
}

/* call_up() - a connection of the program to a name */
static int call_up(const char *name)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(80) };
	int fd;

	to.sin_addr = resolve(name);
	fd = in_session(SOCK_STREAM);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* ---- the upstream ---- */

static int take_call(void)
{
	int fd;

	assert_true(pump(bench.upstream, POLLIN, enc_paced_ms(WAIT_MS)));
	fd = accept4(bench.upstream, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void assert_no_call(void)
{
	assert_false(pump(bench.upstream, POLLIN, QUIET_MS));
}

static void assert_closed(int fd)
{
	char byte;

	assert_true(pump(fd, POLLIN, enc_paced_ms(WAIT_MS)));
	assert_true(recv(fd, &byte, 1, MSG_DONTWAIT) <= 0);
	close(fd);
}

/* ---- the vault ---- */

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

static struct enc_binding usual(void)
{
	return (struct enc_binding){
		.version = 1,
		.mask = true,
		.injection = ENC_INJECTION_BEARER,
		.port = bench.port,
		.org = TEXT("org"),
		.id = TEXT("sb_1"),
		.name = TEXT("api"),
		.host = TEXT("127.0.0.1"),
		.base = TEXT("/base"),
		.secret = TEXT(SECRET),
	};
}

static void say(enum enc_vault_opcode opcode, const void *bytes, size_t length)
{
	static struct {
		struct enc_vault_head head;
		uint8_t body[ENC_VAULT_BODY_MAX_BYTES];
	} message;

	message.head = (struct enc_vault_head){ .opcode = opcode,
						.length = (uint32_t)length };
	memcpy(message.body, bytes, length);
	assert_int_equal(enc_ipc_send(bench.vault, &message,
				      sizeof(message.head) + length, -1),
			 0);
}

static void grant(const struct enc_binding *binding)
{
	ENC_AUTO(buf) record = ENC_BUF(ENC_BINDING_MAX_BYTES);
	const char *why = NULL;

	if (enc_binding_check(binding, &why) < 0) {
		fail_msg("%s", why);
	}
	ENC_MUST(enc_binding_write(&record, binding));
	say(ENC_VAULT_BINDING, enc_buf_bytes(&record), record.length);
}

static void link_vault(void)
{
	const struct enc_gate_order what = { .opcode = ENC_GATE_VAULT };
	int near;

	live_gate_pair(SOCK_SEQPACKET, &bench.vault, &near);
	order(&what, near);
	close(near);
}

/* ---- set up ---- */

static void open_upstream(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t length = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bench.upstream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(bench.upstream, (struct sockaddr *)&at,
			      sizeof(at)),
			 0);
	assert_int_equal(listen(bench.upstream, 64), 0);
	assert_int_equal(getsockname(bench.upstream, (struct sockaddr *)&at,
				     &length),
			 0);
	bench.port = ntohs(at.sin_port);
}

static int set_up(void **state)
{
	const struct enc_message_policy policy = {
		.session_id = TEXT("s-1"),
		.output_bytes = 1000,
		.outside = ENC_OUTSIDE_BINDINGS,
	};
	static struct enc_message_launch launch = { .language =
							    ENC_LANGUAGE_PYTHON,
						    .entry = TEXT("main.py") };
	const struct enc_gate_order internal = {
		.opcode = ENC_GATE_INTERNAL,
		.addr = { [10] = 0xff, 0xff, 127, 0, 0, 0 },
		.count = 96 + 8,
	};
	ENC_AUTO(buf) payload = ENC_BUF(4096);
	struct enc_binding binding;

	(void)state;
	bench = (struct bench){ .in = ENC_BUF(ROOM),
				.notes = ENC_BUF(NOTES_MAX) };
	live_gate_start(&bench.gate);
	open_upstream();
	order(&internal, -1);
	link_vault();
	binding = usual();
	grant(&binding);
	ENC_MUST(enc_message_policy_write(&payload, &policy));
	tell(ENC_FRAME_POLICY, &payload);
	enc_buf_clear(&payload);
	ENC_MUST(enc_message_launch_write(&payload, &launch));
	tell(ENC_FRAME_LAUNCH, &payload);
	(void)pump(-1, 0, QUIET_MS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	live_gate_stop(&bench.gate, -1);
	enc_fd_close(&bench.vault);
	enc_fd_close(&bench.upstream);
	enc_buf_done(&bench.in);
	enc_buf_done(&bench.notes);
	return 0;
}

/* ---- stories ---- */

#define GET_MODELS                                                   \
	"GET /v1/models?limit=2 HTTP/1.1\r\nHost: " NAME "\r\n"      \
	"Authorization: Bearer mine\r\nX-Forwarded-For: 1.2.3.4\r\n" \
	"Accept: */*\r\n\r\n"

/* A call, composed anew both ways; the next one over the same connections. */
static void test_a_call(void **state)
{
	char wanted[512];
	int program = call_up(NAME);
	int upstream;

	(void)state;
	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)snprintf(wanted, sizeof(wanted),
		       "GET /base/v1/models?limit=2 HTTP/1.1\r\n"
		       "Host: 127.0.0.1:%u\r\n"
		       "Authorization: Bearer " SECRET "\r\n"
		       "Accept: */*\r\n"
		       "Accept-Encoding: identity\r\n\r\n",
		       bench.port);
	assert_string_equal(read_text(upstream, "\r\n\r\n"), wanted);
	assert_noted("call granted api GET /v1/models status 0 count 0\n");
	write_text(upstream, "HTTP/1.1 200 Fine\r\nServer: x\r\n"
			     "Connection: keep-alive\r\nContent-Length: 2\r\n"
			     "\r\nhi");
	assert_string_equal(read_text(program, "hi"),
			    "HTTP/1.1 200 OK\r\nServer: x\r\n"
			    "Content-Length: 2\r\n\r\nhi");
	write_text(program, GET_MODELS);
	assert_string_equal(read_text(upstream, "\r\n\r\n"), wanted);
	write_text(upstream, "HTTP/1.1 204 No\r\n\r\n");
	assert_string_equal(read_text(program, "\r\n\r\n"),
			    "HTTP/1.1 204 No Content\r\n\r\n");
	(void)pump(-1, 0, 1200);
	assert_noted("call granted api GET /v1/models status 200 count 1\n");
	assert_noted("call granted api GET /v1/models status 204 count 1\n");
	assert_noted("egress allow dns " NAME " 53 binding:api count 1\n");
	assert_noted("egress allow connect " NAME " 80 binding:api count 1\n");
	assert_noted("egress allow connect 127.0.0.1");
	close(program);
	close(upstream);
}

/* Nothing leaves before it is on record. */
static void test_record_first(void **state)
{
	int program;

	(void)state;
	program = call_up(NAME);
	bench.silent = true;
	write_text(program, GET_MODELS);
	assert_no_call();
	assert_noted("call granted api GET /v1/models status 0 count 0\n");
	assert_int_equal(count_notes("egress allow connect 127.0.0.1"), 0);
	record();
	assert_no_call();
	assert_int_equal(count_notes("egress allow connect 127.0.0.1"), 1);
	bench.silent = false;
	record();
	close(take_call());
	close(program);
}

/*
 * ask_once() - send a request over its own connection. Return: the response,
 * static
 */
static const char *ask_once(const char *name, const char *request)
{
	int program = call_up(name);
	const char *answer;

	write_text(program, request);
	answer = read_text(program, "(never)");
	close(program);
	return answer;
}

static void assert_answered(const char *answer, const char *status,
			    const char *code)
{
	if (strstr(answer, status) == NULL || strstr(answer, code) == NULL ||
	    strstr(answer, SECRET) != NULL) {
		fail_msg("no %s, %s in:\n%s", status, code, answer);
	}
}

static void test_refusals(void **state)
{
	struct enc_binding binding = usual();

	(void)state;
	binding.version = 2;
	binding.method_count = 1;
	binding.methods[0] = (struct enc_text)TEXT("GET");
	binding.path_count = 1;
	binding.paths[0] = (struct enc_text)TEXT("/v1/*");
	binding.rate = 1;
	grant(&binding);
	assert_answered(ask_once("other.svc.enclave.internal",
				 "GET / HTTP/1.1\r\nHost: "
				 "other.svc.enclave.internal\r\n\r\n"),
			"403", "binding_denied");
	assert_noted("call not_granted other GET / status 0 count 1\n");
	assert_answered(ask_once(NAME, "POST /v1/a HTTP/1.1\r\nHost: " NAME
				       "\r\n\r\n"),
			"403", "binding_denied");
	assert_noted(
		"call method_not_in_scope api POST /v1/a status 0 count 1\n");
	assert_answered(ask_once(NAME, "GET /v2/a HTTP/1.1\r\nHost: " NAME
				       "\r\n\r\n"),
			"403", "binding_denied");
	assert_noted("call path_not_in_scope api GET /v2/a status 0 count 1\n");
	assert_answered(ask_once(NAME, "GET /v1/%2e%2e/a HTTP/1.1\r\n"
				       "Host: " NAME "\r\n\r\n"),
			"403", "binding_denied");
	assert_answered(ask_once(NAME,
				 "GET /v1/a HTTP/1.1\r\nHost: evil\r\n\r\n"),
			"400", "bad_request");
	assert_noted("call request_refused api GET /v1/a status 0 count 1\n");
	assert_answered(ask_once(NAME, "GET /v1/a HTTP/1.1\nHost: x\n\n"),
			"400", "bad_request");
	assert_noted("call request_refused api   status 0 count 1\n");
	assert_answered(ask_once(NAME, "GET /v1/a HTTP/1.1\r\nHost: " NAME
				       "\r\nUpgrade: h2c\r\n\r\n"),
			"400", "bad_request");
	assert_no_call();
}

static void test_rate(void **state)
{
	struct enc_binding binding = usual();
	int program;

	(void)state;
	binding.version = 2;
	binding.rate = 1;
	grant(&binding);
	program = call_up(NAME);
	write_text(program, GET_MODELS);
	close(take_call());
	close(program);
	assert_answered(ask_once(NAME, GET_MODELS), "429", "rate_limited");
	assert_answered(ask_once(NAME, GET_MODELS), "Retry-After: ", "429");
	assert_noted("call rate_limited api GET /v1/models status 0 count 1\n");
}

/* A newer record counts at once, also in an open connection. */
static void test_rotation(void **state)
{
	struct enc_binding binding = usual();
	int program = call_up(NAME);
	int upstream;

	(void)state;
	write_text(program, GET_MODELS);
	upstream = take_call();
	assert_non_null(strstr(read_text(upstream, "\r\n\r\n"), SECRET));
	write_text(upstream, "HTTP/1.1 204 No\r\n\r\n");
	(void)read_text(program, "\r\n\r\n");
	binding.version = 2;
	binding.secret = (struct enc_text)TEXT("another-secret-of-good-length");
	grant(&binding);
	assert_closed(upstream); /* the connection belonged to the old record */
	write_text(program, GET_MODELS);
	upstream = take_call();
	assert_non_null(strstr(read_text(upstream, "\r\n\r\n"),
			       "Bearer another-secret-of-good-length\r\n"));
	close(upstream);
	close(program);
}

static void test_withdrawn(void **state)
{
	int program = call_up(NAME);
	int upstream;

	(void)state;
	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	say(ENC_VAULT_WITHDRAWN, "org\0sb_1", 8);
	assert_closed(upstream);
	assert_string_equal(read_text(program, "x"), "(reset)");
	close(program);
	assert_answered(ask_once(NAME, GET_MODELS), "403", "binding_denied");
	assert_no_call();
}

static void test_vault_dies(void **state)
{
	struct enc_binding binding = usual();
	int program;

	(void)state;
	enc_fd_close(&bench.vault);
	assert_answered(ask_once(NAME, GET_MODELS), "503", "vault_unavailable");
	assert_noted(
		"call vault_unavailable api GET /v1/models status 0 count 1\n");
	link_vault();
	grant(&binding);
	program = call_up(NAME);
	write_text(program, GET_MODELS);
	close(take_call());
	close(program);
}

/* The deny table holds for the upstream of a record, too. */
static void test_denied_upstream(void **state)
{
	struct enc_binding binding = usual();

	(void)state;
	binding.version = 2;
	binding.host = (struct enc_text)TEXT("169.254.169.254");
	grant(&binding);
	assert_answered(ask_once(NAME, GET_MODELS), "403", "binding_denied");
	assert_noted("egress deny connect 169.254.169.254");
	assert_noted(
		"call upstream_denied api GET /v1/models status 0 count 1\n");
}

static void test_bodies(void **state)
{
	int program = call_up(NAME);
	int upstream;

	(void)state;
	write_text(program, "POST /a HTTP/1.1\r\nHost: " NAME "\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	upstream = take_call();
	assert_non_null(strstr(read_text(upstream, "3\r\nabc\r\n"),
			       "Transfer-Encoding: chunked\r\n"
			       "Connection: close\r\n\r\n3\r\nabc"));
	write_text(program, "2\r\nde\r\n0\r\n\r\n"
			    "POST /b HTTP/1.1\r\nHost: " NAME "\r\n"
			    "Content-Length: 3\r\n\r\nxyz");
	assert_string_equal(read_text(upstream, "0\r\n\r\n"),
			    "2\r\nde\r\n0\r\n\r\n");
	write_text(upstream,
		   "HTTP/1.1 200 OK\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n4\r\nwxy\n\r\n");
	assert_string_equal(read_text(program, "wxy\n\r\n"),
			    "HTTP/1.1 200 OK\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n4\r\nwxy\n\r\n");
	write_text(upstream, "0\r\n\r\n");
	assert_string_equal(read_text(program, "0\r\n\r\n"), "0\r\n\r\n");
	/*
	 * The upstream may have misread the chunks, so it gets no further
	 * request.
	 */
	assert_string_equal(read_text(upstream, "xyz"), "(reset)");
	close(upstream);
	/* The second one was pipelined. */
	upstream = take_call();
	assert_non_null(strstr(read_text(upstream, "xyz"),
			       "Content-Length: 3\r\n\r\nxyz"));
	write_text(upstream, "HTTP/1.1 200 OK\r\n\r\nto the\nend");
	assert_non_null(strstr(read_text(program, "to the\n\r\n"),
			       "Transfer-Encoding: chunked\r\n\r\n"
			       "7\r\nto the\n\r\n"));
	close(upstream);
	/* Bytes without a line end might become a known value. */
	assert_string_equal(read_text(program, "0\r\n\r\n"),
			    "3\r\nend\r\n0\r\n\r\n");
	close(program);
}

/* A cut response never looks complete, and a stray one is never used. */
static void test_bad_upstreams(void **state)
{
	static const char *const bad[] = {
		"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Content-Length: 2\r\n\r\nxx",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 2\r\n\r\nxx",
		"nonsense\r\n\r\n",
	};
	int program;
	int upstream;

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(bad); i++) {
		program = call_up(NAME);
		write_text(program, GET_MODELS);
		upstream = take_call();
		(void)read_text(upstream, "\r\n\r\n");
		write_text(upstream, bad[i]);
		assert_answered(read_text(program, "(never)"), "502",
				"upstream_invalid");
		close(program);
		close(upstream);
	}
	program = call_up(NAME);
	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	write_text(upstream,
		   "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
	(void)read_text(program, "half");
	close(upstream);
	assert_string_equal(read_text(program, "x"), "(reset)");
	close(program);
	program = call_up(NAME);
	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	write_text(upstream, "HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\n"
			     "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n"
			     "Content-Length: 4\r\n\r\nevil");
	assert_string_equal(read_text(program, "hi"),
			    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	assert_closed(upstream);
	write_text(program, GET_MODELS);
	upstream = take_call();
	write_text(upstream, "HTTP/1.1 204 No\r\n\r\n");
	assert_non_null(strstr(read_text(program, "\r\n\r\n"), "204"));
	close(program);
	close(upstream);
}

/* A megabyte each way, slower than it comes. */
static void test_large_bodies(void **state)
{
	enum { BYTES = 4 << 20, STEP = 60000 };
	static char block[STEP];
	size_t sent = 0;
	size_t got = 0;
	int program = call_up(NAME);
	int upstream;

	(void)state;
	memset(block, 'b', sizeof(block));
	write_text(program, "GET /large HTTP/1.1\r\nHost: " NAME "\r\n\r\n");
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	write_text(upstream,
		   "HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n");
	while (got < BYTES) {
		ssize_t n = send(upstream, block, ENC_MIN(STEP, BYTES - sent),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		assert_true(pump(program, POLLIN, enc_paced_ms(WAIT_MS)));
		if (got == 0) {
			(void)read_text(program, "\r\n\r\n");
			got = 1; /* what came with the head isn't counted */
			continue;
		}
		if (sent < BYTES && n > 0) {
			continue; /* the program is slow */
		}
		n = recv(program, block, sizeof(block), MSG_DONTWAIT);
		assert_true(n != 0);
		memset(block, 'b', sizeof(block));
		got += n > 0 ? (size_t)n : 0;
		if (sent == BYTES && !pump(program, POLLIN, QUIET_MS)) {
			break;
		}
	}
	assert_int_equal(sent, BYTES);
	close(program);
	close(upstream);
}

/* A value that comes back is masked, wherever it is cut. */
static void test_masked(void **state)
{
	static const char stars[] = "*****************************";
	char wanted[256];
	int program = call_up(NAME);
	int upstream;

	(void)state;
	assert_int_equal(strlen(stars), strlen(SECRET));
	write_text(program, "GET /" SECRET " HTTP/1.1\r\nHost: " NAME
			    "\r\nAccept-Encoding: gzip\r\nRange: bytes=1-\r\n"
			    "\r\n");
	upstream = take_call();
	assert_null(strstr(read_text(upstream, "\r\n\r\n"), "Range"));
	write_text(upstream, "HTTP/1.1 200 " SECRET "\r\nX: " SECRET
			     "\r\nContent-Length: 66\r\n\r\n"
			     "a\nsk-0123456789abcdefg");
	(void)snprintf(wanted, sizeof(wanted),
		       "HTTP/1.1 200 OK\r\nX: %s\r\n"
		       "Content-Length: 66\r\n\r\na\n",
		       stars);
	assert_string_equal(read_text(program, "a\n"), wanted);
	write_text(upstream, "hijklmnop\n");
	(void)snprintf(wanted, sizeof(wanted), "%s\n", stars);
	assert_string_equal(read_text(program, "\n"), wanted);
	write_text(upstream, SECRET "12345");
	(void)snprintf(wanted, sizeof(wanted), "%s12345", stars);
	assert_string_equal(read_text(program, "12345"), wanted);
	(void)pump(-1, 0, 1200);
	assert_noted("redacted api header count 1\n");
	assert_noted("redacted api body count 1\n");
	assert_int_equal(count_notes(SECRET), 0);
	(void)snprintf(wanted, sizeof(wanted), "GET /%s status 200", stars);
	assert_noted(wanted);
	close(program);
	close(upstream);
}

/* begin_stream() - have a response without an end; returns the upstream */
static int begin_stream(int program)
{
	int upstream;

	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	write_text(upstream, "HTTP/1.1 200 OK\r\n\r\nhello\n");
	assert_non_null(strstr(read_text(program, "hello\n\r\n"), "hello"));
	return upstream;
}

/* await_refusal() - until a method of no scope is refused with a code */
static void await_refusal(const char *name, const char *code)
{
	char request[128];

	(void)snprintf(request, sizeof(request),
		       "TRACE / HTTP/1.1\r\nHost: %s\r\n\r\n", name);
	for (int i = 0; strstr(ask_once(name, request), code) == NULL; i++) {
		assert_true(i < 100);
	}
}

/* A response that goes on is masked by what is known by then. */
static void test_masked_later(void **state)
{
	static const char newer[] = "another-secret-of-good-length";
	struct enc_binding binding = usual();
	struct enc_binding other = usual();
	int program = call_up(NAME);
	int upstream = begin_stream(program);
	char wanted[256];

	(void)state;
	binding.version = 2;
	binding.secret = (struct enc_text){ newer, strlen(newer) };
	grant(&binding);
	other.id = (struct enc_text)TEXT("sb_2");
	other.name = (struct enc_text)TEXT("other");
	other.secret = (struct enc_text)TEXT("the-secret-of-the-other-one-x");
	grant(&other);
	await_refusal("other.svc.enclave.internal", "the binding doesn't");
	write_text(upstream, SECRET "\nanother-secret-of-good-length\n"
				    "the-secret-of-the-other-one-x\n.\n");
	(void)memset(wanted, '*', 30UL * 3);
	wanted[29] = wanted[59] = wanted[89] = '\n';
	memcpy(wanted + 90, ".\n", 3);
	assert_non_null(strstr(read_text(program, ".\n"), wanted));
	/* While the vault is gone, and while it gives one after the other. */
	enc_fd_close(&bench.vault);
	await_refusal(NAME, "vault_unavailable");
	write_text(upstream, "the-secret-of-the-other-one-x\n.\n");
	assert_non_null(strstr(read_text(program, ".\n"), wanted + 60));
	link_vault();
	grant(&binding);
	await_refusal(NAME, "the binding doesn't");
	write_text(upstream, "the-secret-of-the-other-one-x\n.\n");
	assert_non_null(strstr(read_text(program, ".\n"), wanted + 60));
	close(program);
	close(upstream);
}

/* Where a former value has no room among those that are masked, it is cut. */
static void test_too_many_values(void **state)
{
	struct enc_binding binding = usual();
	int program = call_up(NAME);
	int upstream = begin_stream(program);
	char id[16];
	char name[16];
	char secret[32];

	(void)state;
	/* Basic has two values: the secret, and what is sent. */
	binding.injection = ENC_INJECTION_BASIC;
	binding.username = (struct enc_text)TEXT("me");
	for (int i = 1; i < ENC_BINDINGS_MAX; i++) {
		binding.id.bytes = id;
		binding.id.length =
			(size_t)snprintf(id, sizeof(id), "sb_%d", i + 1);
		binding.name.bytes = name;
		binding.name.length =
			(size_t)snprintf(name, sizeof(name), "other-%d", i);
		binding.secret.bytes = secret;
		binding.secret.length = (size_t)snprintf(secret, sizeof(secret),
							 "secret-%022d", i);
		grant(&binding);
	}
	write_text(upstream, SECRET "\n");
	assert_non_null(strstr(read_text(program, "*\n"), "****"));
	binding = usual();
	binding.version = 2;
	binding.injection = ENC_INJECTION_BASIC;
	binding.username = (struct enc_text)TEXT("me");
	binding.secret = (struct enc_text)TEXT("another-secret-of-good-length");
	grant(&binding);
	assert_string_equal(read_text(program, "x"), "(reset)");
	assert_closed(upstream);
	close(program);
}

/* A URL is masked before a part of it is taken away; names stay names. */
static void test_masked_headers(void **state)
{
	struct enc_binding binding = usual();
	int program;
	int upstream;

	(void)state;
	binding.version = 2;
	binding.base = (struct enc_text)TEXT("/base");
	binding.secret = (struct enc_text)TEXT("/base/colon: 0123456789");
	grant(&binding);
	program = call_up(NAME);
	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	write_text(upstream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
			     "Location: /base/colon: 0123456789\r\n"
			     "X: /base/colon: 0123456789\r\n\r\n");
	assert_string_equal(read_text(program, "\r\n\r\n"),
			    "HTTP/1.1 200 OK\r\n"
			    "Location: ***********************\r\n"
			    "X: ***********************\r\n"
			    "Content-Length: 0\r\n\r\n");
	close(upstream);
	binding.version = 3;
	binding.secret = (struct enc_text)TEXT("x-name: 0123456789abc");
	grant(&binding);
	write_text(program, GET_MODELS);
	upstream = take_call();
	(void)read_text(upstream, "\r\n\r\n");
	write_text(upstream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
			     "x-name: 0123456789abc\r\n\r\n");
	assert_string_equal(read_text(program, "\r\n\r\n"),
			    "HTTP/1.1 200 OK\r\n"
			    "******: *************\r\n"
			    "Content-Length: 0\r\n\r\n");
	close(upstream);
	close(program);
}

/* ---- TLS ---- */

/*
 * serve_tls() - answer calls with the number of the connection and of the
 * request in it; a process of its own, since OpenSSL blocks
 */
static pid_t serve_tls(SSL_CTX *server)
{
	pid_t pid = fork();

	if (pid != 0) {
		return pid;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int connection = 1;; connection++) {
		int fd = accept4(bench.upstream, NULL, NULL, SOCK_CLOEXEC);
		SSL *ssl = SSL_new(server);
		char bytes[8192];
		int answered = 0;

		SSL_set_fd(ssl, fd);
		(void)SSL_accept(ssl);
		while (SSL_read(ssl, bytes, sizeof(bytes)) > 0) {
			int length = snprintf(bytes, sizeof(bytes),
					      "HTTP/1.1 200 OK\r\n"
					      "Content-Length: 3\r\n\r\n%d/%d",
					      connection, ++answered);

			(void)SSL_write(ssl, bytes, length);
		}
		SSL_free(ssl);
		close(fd);
	}
}

static void test_tls(void **state)
{
	const struct enc_gate_order what = { .opcode = ENC_GATE_CAS };
	struct enc_binding binding = usual();
	struct test_ca ca;
	int cas;
	pid_t server;
	int program;

	(void)state;
	test_ca_make(&ca, "ours");
	cas = test_ca_memfd(&ca, 1);
	order(&what, cas);
	close(cas);
	server = serve_tls(test_ca_server(&ca, "IP:127.0.0.1", FLAW_NONE));
	binding.version = 2;
	binding.tls = true;
	grant(&binding);
	program = call_up(NAME);
	write_text(program, GET_MODELS);
	assert_non_null(strstr(read_text(program, "/1"), "\r\n\r\n1/1"));
	write_text(program, GET_MODELS);
	assert_non_null(strstr(read_text(program, "/2"), "\r\n\r\n1/2"));
	close(program);
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_int_equal(waitpid(server, NULL, 0), server);
	server = serve_tls(test_ca_server(&ca, "IP:127.0.0.2", FLAW_NONE));
	assert_answered(ask_once(NAME, GET_MODELS), "502",
			"upstream_untrusted");
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_int_equal(waitpid(server, NULL, 0), server);
	test_ca_done(&ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		STORY(test_a_call),	    STORY(test_record_first),
		STORY(test_refusals),	    STORY(test_rate),
		STORY(test_rotation),	    STORY(test_withdrawn),
		STORY(test_vault_dies),	    STORY(test_denied_upstream),
		STORY(test_bodies),	    STORY(test_bad_upstreams),
		STORY(test_large_bodies),   STORY(test_tls),
		STORY(test_masked),	    STORY(test_masked_later),
		STORY(test_masked_headers), STORY(test_too_many_values),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return SKIP;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
