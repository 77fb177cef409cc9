/*
 * Operations on service bindings over HTTP, with the test as client and as
 * vault. They show the order of sealing, storing and putting in force.
 */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/store_of_org.h"
#include "../lib/vault_double.h"
#include "api.h"
#include "binding.h"
#include "ipc.h"

#define SECRET "correct horse battery staple"

enum { ANSWER_BYTES = 1 << 16 };

struct world {
	struct world *before;
	uv_loop_t loop;
	struct enc_store *store;
	struct enc_backend *backend;
	struct enc_backend_watcher watcher;
	struct enc_orchestrator *orchestrator;
	struct enc_vault_client *client;
	struct enc_grants *grants;
	struct enc_api *api;
	struct enc_http_server *http;
	char directory[64];
	struct sockaddr_un address;
	int vault;
	char answer[ANSWER_BYTES];
	/* The record that was sealed last, and the request's number. */
	uint8_t record[ENC_BINDING_MAX_BYTES];
	size_t record_length;
	uint64_t number;
	char told[16]; /* the requests that the vault got, a letter each */
};

/* The API is never freed, so neither are the worlds. */
static struct world *worlds;

static void listen_there(struct world *world)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(world->directory, sizeof(world->directory),
		       "/tmp/enclave-bindings-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	world->address.sun_family = AF_UNIX;
	(void)snprintf(world->address.sun_path, sizeof(world->address.sun_path),
		       "%s/s", world->directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&world->address,
			      sizeof(world->address)),
			 0);
	assert_int_equal(enc_http_server_listen(world->http, fd, true), 0);
}

static struct world *begin(bool with_vault)
{
	struct world *world = enc_xalloc(sizeof(*world));

	world->before = worlds;
	worlds = world;
	assert_int_equal(uv_loop_init(&world->loop), 0);
	world->store = open_store_of_org(&world->loop);
	world->backend = enc_backend_new(&enc_backend_simulator,
					 &(struct enc_backend_options){
						 .loop = &world->loop,
						 .watcher = &world->watcher,
						 .channel = -1 });
	while (!enc_backend_healthy(world->backend)) {
		(void)uv_run(&world->loop, UV_RUN_ONCE);
	}
	world->orchestrator =
		enc_orchestrator_new(&(struct enc_orchestrator_options){
			.loop = &world->loop,
			.store = world->store,
			.backend = world->backend,
			.running_max = 1 });
	world->client = enc_vault_client_new(&world->loop);
	world->grants = enc_grants_new(world->store, world->client);
	world->api = enc_api_new(&(struct enc_api_options){
		.loop = &world->loop,
		.store = world->store,
		.backend = world->backend,
		.orchestrator = world->orchestrator,
		.grants = with_vault ? world->grants : NULL,
		.owner = geteuid() });
	world->http =
		enc_http_server_new(&world->loop, enc_api_handler(world->api));
	listen_there(world);
	world->vault = vault_double_attach(world->client);
	return world;
}

/* end() - free all but the API and what it has */
static void end(struct world *world)
{
	enc_http_server_free(world->http);
	enc_grants_free(world->grants);
	enc_vault_client_free(world->client);
	(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	enc_store_flush_and_free(world->store);
	(void)close(world->vault);
	(void)unlink(world->address.sun_path);
	assert_int_equal(rmdir(world->directory), 0);
}

/* ---- the vault ---- */

static void answer_vault(struct world *world, uint32_t opcode, uint32_t code,
			 const char *body)
{
	uint8_t bytes[256];
	struct enc_vault_head head = { .opcode = opcode,
				       .code = code,
				       .number = world->number,
				       .length = (uint32_t)strlen(body) };

	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), body, head.length);
	assert_int_equal(enc_ipc_send(world->vault, bytes,
				      sizeof(head) + head.length, -1),
			 0);
}

/* read_vault() - read a request; returns its letter, 0 if there is none */
static char read_vault(struct world *world)
{
	static uint8_t
		raw[sizeof(struct enc_vault_head) + ENC_VAULT_BODY_MAX_BYTES];
	static const char letters[] = { [ENC_VAULT_SEAL] = 'S',
					[ENC_VAULT_GRANT] = 'G',
					[ENC_VAULT_RETIRE] = 'R',
					[ENC_VAULT_REVOKE] = 'V' };
	struct enc_vault_head head;
	int fd;
	int r = enc_ipc_receive(world->vault, raw, sizeof(raw), &fd);

	if (r <= 0) {
		return 0;
	}
	memcpy(&head, raw, sizeof(head));
	world->number = head.number;
	if (head.opcode == ENC_VAULT_SEAL) {
		world->record_length = head.length;
		memcpy(world->record, raw + sizeof(head), head.length);
	}
	assert_true(head.opcode < sizeof(letters));
	return letters[head.opcode];
}

/* serve_vault() - answer a request like a vault that refuses nothing */
static void serve_vault(struct world *world)
{
	char letter = read_vault(world);

	if (letter == 0) {
		return;
	}
	(void)strncat(world->told, &letter, 1);
	if (letter == 'S') {
		answer_vault(world, ENC_VAULT_SEALED, 0, "a sealed record");
	} else {
		answer_vault(world, ENC_VAULT_DONE, 0, "");
	}
}

static struct enc_binding sealed(const struct world *world)
{
	struct enc_binding binding;

	assert_int_equal(enc_binding_parse(world->record, world->record_length,
					   &binding),
			 0);
	return binding;
}

/* ---- the client ---- */

/* send_http() - send a request; ' in a body stands for ". Returns its socket */
static int send_http(const struct world *world, const char *method,
		     const char *path, const char *body)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[2048];
	int length;

	assert_int_equal(connect(fd, (const struct sockaddr *)&world->address,
				 sizeof(world->address)),
			 0);
	length =
		snprintf(text, sizeof(text),
			 "%s /v1/service-bindings%s HTTP/1.1\r\nHost: x\r\n"
			 "Connection: close\r\n%sContent-Length: %zu\r\n\r\n",
			 method, path,
			 body[0] == '\0' ? ""
					 : "Content-Type: application/json\r\n",
			 strlen(body));
	for (; *body != '\0'; body++) {
		text[length++] = *body == '\'' ? '"' : *body;
	}
	assert_int_equal(write(fd, text, (size_t)length), length);
	return fd;
}

/* read_http() - the status of the answer; the vault is served meanwhile */
static int read_http(struct world *world, int fd, bool served)
{
	size_t length = 0;
	int status = 0;

	for (;;) {
		ssize_t got =
			recv(fd, world->answer + length,
			     sizeof(world->answer) - length - 1, MSG_DONTWAIT);

		if (got == 0) {
			break;
		}
		length += got > 0 ? (size_t)got : 0;
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
		if (served) {
			serve_vault(world);
		}
	}
	(void)close(fd);
	world->answer[length] = '\0';
	assert_int_equal(sscanf(world->answer, "HTTP/1.1 %d", &status), 1);
	/* No response ever has the secret. */
	assert_null(strstr(world->answer, "horse"));
	return status;
}

static int ask(struct world *world, const char *method, const char *path,
	       const char *body)
{
	world->told[0] = '\0';
	return read_http(world, send_http(world, method, path, body), true);
}

static void assert_answer(const struct world *world, const char *part)
{
	if (strstr(world->answer, part) == NULL) {
		fail_msg("%s: %s", part, world->answer);
	}
}

#define CREATE                                                        \
	"{'name':'llm','upstream':'https://a','injection':{'scheme':" \
	"'bearer'},'secret':'" SECRET "'}"

/* create() - make the binding `llm`, and return its path */
static void create(struct world *world, char ret_path[64])
{
	char id[32];

	assert_int_equal(ask(world, "POST", "", CREATE), 201);
	assert_int_equal(sscanf(strstr(world->answer, "\"id\":\""),
				"\"id\":\"%31[^\"]", id),
			 1);
	(void)snprintf(ret_path, 64, "/%s", id);
}

static void test_life(void **state)
{
	struct world *world = begin(true);
	char path[64];
	char secret[80];

	(void)state;
	create(world, path);
	assert_string_equal(world->told, "S");
	assert_answer(world, "\"hasSecret\":true");
	assert_answer(world, "\"version\":1");
	assert_int_equal(sealed(world).version, 1);
	assert_int_equal(ask(world, "GET", path, ""), 200);
	assert_answer(world, "\"upstream\":\"https://a\"");
	assert_null(strstr(world->answer, "sealed"));
	assert_int_equal(ask(world, "GET", "", ""), 200);
	assert_answer(world, "\"name\":\"llm\"");
	assert_string_equal(world->told, "");

	assert_int_equal(ask(world, "PATCH", path, "{'rateLimit':5}"), 400);
	assert_answer(world, "\"field\":\"secret\"");
	assert_int_equal(ask(world, "PATCH", path,
			     "{'rateLimit':5,'secret':'" SECRET "'}"),
			 200);
	assert_string_equal(world->told, "SR");
	assert_int_equal(sealed(world).version, 2);
	assert_int_equal(sealed(world).rate, 5);

	(void)snprintf(secret, sizeof(secret), "%s/secret", path);
	assert_int_equal(ask(world, "PUT", secret,
			     "{'secret':'" SECRET " again'}"),
			 200);
	assert_string_equal(world->told, "SR");
	assert_answer(world, "\"version\":3");
	assert_int_equal(sealed(world).rate, 5);

	assert_int_equal(ask(world, "DELETE", path, ""), 200);
	assert_string_equal(world->told, "V");
	assert_int_equal(ask(world, "GET", path, ""), 404);
	/* Its name is free again. */
	create(world, path);
	end(world);
}

static void test_refusals(void **state)
{
	struct world *world = begin(true);
	char path[64];

	(void)state;
	create(world, path);
	assert_int_equal(ask(world, "POST", "", CREATE), 409);
	assert_int_equal(ask(world, "POST", "",
			     "{'name':'x','upstream':'https://a','injection':"
			     "{'scheme':'" SECRET "'}}"),
			 400);
	assert_answer(world, "none, bearer");
	assert_int_equal(ask(world, "POST", "",
			     "{'name':'" SECRET "','upstream':'https://a',"
			     "'injection':{'scheme':'none'}}"),
			 400);
	assert_int_equal(ask(world, "POST", "",
			     "{'name':'open','upstream':'https://a',"
			     "'injection':{'scheme':'none'},'surplus':1}"),
			 400);
	assert_answer(world, "unknown_field");
	assert_string_equal(world->told, "");
	/* A secret for a scheme without a credential. */
	assert_int_equal(ask(world, "POST", "",
			     "{'name':'open','upstream':'http://a',"
			     "'injection':{'scheme':'none'}}"),
			 201);
	assert_answer(world, "\"hasSecret\":false");
	assert_answer(world, "\"secretUpdatedAt\":null");
	assert_int_equal(ask(world, "PUT", "/b-0/secret", "{'secret':'x'}"),
			 404);
	end(world);
}

/* Without the vault nothing is changed, and one change comes at a time. */
static void test_without_the_vault(void **state)
{
	struct world *world = begin(true);
	char path[64];
	int fd;

	(void)state;
	create(world, path);
	/* The vault dies with a change. */
	fd = send_http(world, "PATCH", path,
		       "{'rateLimit':5,'secret':'" SECRET "'}");
	while (read_vault(world) == 0) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(ask(world, "DELETE", path, ""), 429);
	(void)close(world->vault);
	assert_int_equal(read_http(world, fd, false), 503);
	assert_answer(world, "the vault isn't running");
	assert_int_equal(read_http(world, send_http(world, "DELETE", path, ""),
				   false),
			 503);
	assert_int_equal(read_http(world, send_http(world, "GET", path, ""),
				   false),
			 200);
	assert_answer(world, "\"version\":1");
	world->vault = vault_double_attach(world->client);
	/* A refusal of the vault changes nothing either. */
	fd = send_http(world, "DELETE", path, "");
	while (read_vault(world) == 0) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	}
	answer_vault(world, ENC_VAULT_REFUSED, ENC_STORAGE_FULL, "no room");
	assert_int_equal(read_http(world, fd, true), 503);
	assert_answer(world, "no room");
	assert_int_equal(ask(world, "DELETE", path, ""), 200);
	end(world);
}

/* A client that leaves doesn't undo its change. */
static void test_client_leaves(void **state)
{
	struct world *world = begin(true);
	int fd;

	(void)state;
	fd = send_http(world, "POST", "", CREATE);
	while (read_vault(world) == 0) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	}
	(void)close(fd);
	for (int i = 0; i < 10; i++) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	}
	answer_vault(world, ENC_VAULT_SEALED, 0, "sealed");
	/* The store's thread takes its time. */
	do {
		assert_int_equal(ask(world, "GET", "", ""), 200);
	} while (strstr(world->answer, "\"name\":\"llm\"") == NULL);
	end(world);
}

static void test_simulator(void **state)
{
	struct world *world = begin(false);

	(void)state;
	assert_int_equal(ask(world, "POST", "", CREATE), 501);
	assert_answer(world, "native or gvisor");
	assert_int_equal(ask(world, "GET", "", ""), 200);
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_without_the_vault),
		cmocka_unit_test(test_client_leaves),
		cmocka_unit_test(test_simulator),
	};

	/* As enclave-api does. */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
