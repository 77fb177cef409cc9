/* enclave-api's end of the vault's link, with the test as the vault. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/vault_double.h"
#include "ipc.h"
#include "vault_client.h"

enum { ROOM = sizeof(struct enc_vault_head) + ENC_VAULT_BODY_MAX_BYTES + 1 };

static uint8_t raw[ROOM];

/* The vault's end, and what the user of the client was told last. */
struct world {
	uv_loop_t loop;
	struct enc_vault_client *client;
	int vault;
	unsigned int told;
	enum enc_code code;
	char message[256];
	char body[64];
	size_t length;
	struct enc_vault_watcher watcher;
	unsigned int attached;
};

static void on_answer(void *context, enum enc_code code,
		      const struct enc_error *err, const uint8_t *body,
		      size_t length)
{
	struct world *world = context;

	world->told++;
	world->code = code;
	(void)snprintf(world->message, sizeof(world->message), "%s",
		       err == NULL ? "" : err->message);
	world->length = length;
	if (length > 0) {
		memcpy(world->body, body, ENC_MIN(length, sizeof(world->body)));
	}
}

static void on_attached(struct enc_vault_watcher *watcher)
{
	ENC_HOLDER(watcher, struct world, watcher)->attached++;
}

static void begin(struct world *world)
{
	memset(world, 0, sizeof(*world));
	assert_int_equal(uv_loop_init(&world->loop), 0);
	world->client = enc_vault_client_new(&world->loop);
	world->watcher.attached = on_attached;
	enc_vault_client_watch(world->client, &world->watcher);
	world->vault = -1;
}

static void end(struct world *world)
{
	enc_vault_client_unwatch(&world->watcher);
	enc_vault_client_free(world->client);
	assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	if (world->vault >= 0) {
		(void)close(world->vault);
	}
}

static void turn(struct world *world)
{
	for (int i = 0; i < 3; i++) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	}
}

/* is_open() - whether the client still has the link */
static bool is_open(const struct world *world)
{
	uint8_t byte;

	return recv(world->vault, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* read_request() - read a request that was sent; returns its body's length */
static size_t read_request(struct world *world, struct enc_vault_head *ret_head)
{
	int fd = -1;
	int r;

	turn(world);
	r = enc_ipc_receive(world->vault, raw, sizeof(raw), &fd);
	assert_true(r >= (int)sizeof(*ret_head));
	assert_int_equal(fd, -1);
	memcpy(ret_head, raw, sizeof(*ret_head));
	assert_int_equal(ret_head->length, (size_t)r - sizeof(*ret_head));
	return ret_head->length;
}

static void send_answer(struct world *world, struct enc_vault_head head,
			const char *body)
{
	uint8_t bytes[256];

	head.length = (uint32_t)strlen(body);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), body, head.length);
	assert_int_equal(enc_ipc_send(world->vault, bytes,
				      sizeof(head) + head.length, -1),
			 0);
	turn(world);
}

static void ask_seal(struct world *world, const char *record)
{
	assert_int_equal(enc_vault_seal(world->client, record, strlen(record),
					on_answer, world, NULL),
			 ENC_OK);
}

static void test_answers(void **state)
{
	struct world world;
	struct enc_vault_head seal;
	struct enc_vault_head grant;
	struct enc_vault_head revoke;

	(void)state;
	begin(&world);
	world.vault = vault_double_attach(world.client);
	assert_int_equal(world.attached, 1);
	ask_seal(&world, "record");
	assert_int_equal(enc_vault_grant(world.client, 7, "blob", 4, on_answer,
					 &world, NULL),
			 ENC_OK);
	assert_int_equal(enc_vault_revoke(world.client, "o-1", "b-1", on_answer,
					  &world, NULL),
			 ENC_OK);
	/* Nothing is told, and nothing is sent, from inside a request. */
	assert_int_equal(world.told, 0);
	assert_int_equal(read_request(&world, &seal), 6);
	assert_int_equal(seal.opcode, ENC_VAULT_SEAL);
	assert_memory_equal(raw + sizeof(seal), "record", 6);
	assert_int_equal(read_request(&world, &grant), 4);
	assert_int_equal(grant.opcode, ENC_VAULT_GRANT);
	assert_int_equal(grant.tag, 7);
	assert_int_equal(read_request(&world, &revoke), 7);
	assert_memory_equal(raw + sizeof(revoke), "o-1\0b-1", 7);

	/* In another order than that of the requests. */
	send_answer(&world,
		    (struct enc_vault_head){ .opcode = ENC_VAULT_DONE,
					     .number = revoke.number },
		    "");
	assert_int_equal(world.told, 1);
	assert_int_equal(world.code, ENC_OK);
	send_answer(&world,
		    (struct enc_vault_head){ .opcode = ENC_VAULT_SEALED,
					     .number = seal.number },
		    "sealed");
	assert_int_equal(world.told, 2);
	assert_int_equal(world.length, 6);
	assert_memory_equal(world.body, "sealed", 6);
	send_answer(&world,
		    (struct enc_vault_head){ .opcode = ENC_VAULT_REFUSED,
					     .code = ENC_FORBIDDEN,
					     .number = grant.number },
		    "no \xff\n");
	assert_int_equal(world.told, 3);
	assert_int_equal(world.code, ENC_FORBIDDEN);
	assert_string_equal(world.message, "no ??");
	end(&world);
}

static void test_restart(void **state)
{
	struct world world;
	struct enc_vault_head head;
	struct enc_error err = { 0 };

	(void)state;
	begin(&world);
	assert_int_equal(enc_vault_seal(world.client, "r", 1, on_answer, &world,
					&err),
			 ENC_UNAVAILABLE);
	assert_int_equal(world.told, 0);
	world.vault = vault_double_attach(world.client);
	ask_seal(&world, "one");
	(void)read_request(&world, &head);
	ask_seal(&world, "two");
	/* The vault dies: both end, the one that it has and the other one. */
	(void)close(world.vault);
	turn(&world);
	assert_int_equal(world.told, 2);
	assert_int_equal(world.code, ENC_UNAVAILABLE);
	assert_int_equal(enc_vault_seal(world.client, "r", 1, on_answer, &world,
					&err),
			 ENC_UNAVAILABLE);

	world.vault = vault_double_attach(world.client);
	assert_int_equal(world.attached, 2);
	ask_seal(&world, "three");
	assert_int_equal(read_request(&world, &head), 5);
	assert_int_equal(world.told, 2);
	enc_vault_client_detach(world.client);
	assert_int_equal(world.told, 3);
	end(&world);
	assert_int_equal(world.told, 3);
}

/* test_broken() - each message that no honest vault sends ends the link */
static void test_broken(void **state)
{
	static const struct {
		struct enc_vault_head head;
		const char *body;
	} cases[] = {
		{ { .opcode = ENC_VAULT_SEALED, .number = 99 }, "x" },
		{ { .opcode = ENC_VAULT_SEALED, .number = 1 }, "" },
		{ { .opcode = ENC_VAULT_DONE, .number = 1 }, "" },
		{ { .opcode = ENC_VAULT_SIGNED, .number = 1 }, "x" },
		{ { .opcode = ENC_VAULT_SEAL, .number = 1 }, "x" },
		{ { .opcode = ENC_VAULT_BINDING, .number = 1 }, "x" },
		{ { .opcode = ENC_VAULT_SEALED, .number = 1, .tag = 1 }, "x" },
		{ { .opcode = ENC_VAULT_SEALED, .number = 1, .code = 1 }, "x" },
		{ { .opcode = ENC_VAULT_SEALED, .number = 1, .reserved = 1 },
		  "x" },
		{ { .opcode = ENC_VAULT_REFUSED, .number = 1 }, "x" },
		{ { .opcode = ENC_VAULT_REFUSED,
		    .number = 1,
		    .code = ENC_CODE_MAX },
		  "x" },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(cases); i++) {
		struct enc_vault_head head;
		struct world world;

		begin(&world);
		world.vault = vault_double_attach(world.client);
		ask_seal(&world, "record");
		(void)read_request(&world, &head);
		assert_int_equal(head.number, 1);
		send_answer(&world, cases[i].head, cases[i].body);
		assert_int_equal(world.told, 1);
		assert_int_equal(world.code, ENC_UNAVAILABLE);
		assert_false(is_open(&world));
		end(&world);
	}
}

static void test_cut_off(void **state)
{
	struct enc_vault_head head;
	struct world world;

	(void)state;
	begin(&world);
	world.vault = vault_double_attach(world.client);
	ask_seal(&world, "record");
	(void)read_request(&world, &head);
	head = (struct enc_vault_head){ .opcode = ENC_VAULT_SEALED,
					.number = 1,
					.length = 5 };
	assert_int_equal(enc_ipc_send(world.vault, &head, sizeof(head), -1), 0);
	turn(&world);
	assert_int_equal(world.code, ENC_UNAVAILABLE);
	assert_false(is_open(&world));
	end(&world);
}

static void test_bounds(void **state)
{
	static const uint8_t long_body[ENC_VAULT_BODY_MAX_BYTES + 1];
	struct enc_error err = { 0 };
	struct world world;
	unsigned int count = 0;

	(void)state;
	begin(&world);
	world.vault = vault_double_attach(world.client);
	assert_int_equal(enc_vault_retire(world.client, long_body,
					  sizeof(long_body), on_answer, &world,
					  &err),
			 ENC_LIMIT);
	/* The vault doesn't read: what waits for it is limited. */
	while (enc_vault_retire(world.client, long_body,
				ENC_VAULT_BODY_MAX_BYTES, on_answer, &world,
				&err) == ENC_OK) {
		count++;
		assert_true(count < 1000);
	}
	assert_string_equal(err.message, "the vault is busy; try again");
	assert_true(count * ENC_VAULT_BODY_MAX_BYTES <=
		    ENC_VAULT_CLIENT_QUEUE_MAX_BYTES);
	turn(&world);
	assert_true(is_open(&world));
	end(&world);
	assert_int_equal(world.told, count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers), cmocka_unit_test(test_restart),
		cmocka_unit_test(test_broken),	cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
