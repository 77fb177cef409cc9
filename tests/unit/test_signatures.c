/*
 * When which log is signed, with the test as the vault and a store in memory.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/store_of_org.h"
#include "../lib/vault_double.h"
#include "signatures.h"

struct world {
	uv_loop_t loop;
	struct enc_store *store;
	struct enc_vault_client *client;
	struct enc_signatures *signatures;
	int vault;
	unsigned int told;
	enum enc_code code;
	char hex[ENC_SIGNATURE_HEX_BYTES];
};

static const struct enc_sealed_log logs[] = {
	{ .org = "o-1",
	  .session = "s-0011223344-1",
	  .number = 1,
	  .count = 9,
	  .head = "00112233445566778899aabbccddeeff"
		  "00112233445566778899aabbccddeeff",
	  .time_ms = 1700000000123 },
	{ .org = "o-1",
	  .session = "s-0011223344-2",
	  .number = 2,
	  .count = 7,
	  .head = "ff112233445566778899aabbccddeeff"
		  "00112233445566778899aabbccddeeff",
	  .time_ms = 1700000000124 },
};

static void on_told(void *context, enum enc_code code,
		    const struct enc_error *err, const char *hex)
{
	struct world *world = context;

	assert_true((code == ENC_OK) == (err == NULL));
	assert_true((code == ENC_OK) == (hex != NULL));
	world->told++;
	world->code = code;
	(void)snprintf(world->hex, sizeof(world->hex), "%s",
		       hex == NULL ? "" : hex);
}

/* turn() - let the store's thread finish what it has, too */
static void turn(struct world *world)
{
	for (int i = 0; i < 5; i++) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
		(void)usleep(400);
	}
}

static void attach(struct world *world)
{
	world->vault = vault_double_attach(world->client);
}

static void begin(struct world *world)
{
	*world = (struct world){ .vault = -1 };
	assert_int_equal(uv_loop_init(&world->loop), 0);
	world->store = open_store_of_org(&world->loop);
	world->client = enc_vault_client_new(&world->loop);
	world->signatures =
		enc_signatures_new(&world->loop, world->store, world->client);
}

static void end(struct world *world)
{
	enc_signatures_free(world->signatures);
	enc_vault_client_free(world->client);
	enc_store_flush_and_free(world->store);
	assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	(void)close(world->vault);
}

struct message {
	struct enc_vault_head head;
	union {
		struct enc_vault_statement statement;
		uint8_t signature[ENC_VAULT_SIGNATURE_BYTES];
	} body;
};

/* answer_now() - sign the next request, if there is one, with its count in it */
static bool answer_now(struct world *world, uint64_t count)
{
	struct message message;
	int fd;

	if (enc_ipc_receive(world->vault, &message, sizeof(message), &fd) < 0) {
		return false;
	}
	assert_int_equal(message.body.statement.count, count);
	message.head.opcode = ENC_VAULT_SIGNED;
	message.head.length = sizeof(message.body.signature);
	assert_int_equal(enc_ipc_send(world->vault, &message,
				      sizeof(message.head) +
					      message.head.length,
				      -1),
			 0);
	return true;
}

/* answer() - answer the next request, which has to be about a log */
static void answer(struct world *world, const struct enc_sealed_log *log,
		   enum enc_code code)
{
	struct message message;
	size_t length = sizeof(message.head);
	int fd;

	turn(world);
	assert_int_equal(enc_ipc_receive(world->vault, &message,
					 sizeof(message), &fd),
			 sizeof(message.head) + sizeof(message.body.statement));
	assert_int_equal(message.head.opcode, ENC_VAULT_SIGN);
	assert_string_equal(message.body.statement.org, log->org);
	assert_string_equal(message.body.statement.session, log->session);
	assert_int_equal(message.body.statement.count, log->count);
	assert_int_equal(message.body.statement.time_ms, log->time_ms);
	assert_int_equal(message.body.statement.head[1], 0x11);
	message.head.opcode =
		code == ENC_OK ? ENC_VAULT_SIGNED : ENC_VAULT_REFUSED;
	message.head.code = code;
	message.head.length = 0;
	if (code == ENC_OK) {
		memset(message.body.signature, (int)log->number,
		       sizeof(message.body.signature));
		message.head.length = sizeof(message.body.signature);
		length += sizeof(message.body.signature);
	}
	assert_int_equal(enc_ipc_send(world->vault, &message, length, -1), 0);
	turn(world);
}

/* is_quiet() - whether the vault gets no request */
static bool is_quiet(struct world *world)
{
	turn(world);
	return vault_double_is_quiet(world->vault);
}

/* get() - ask for a signature */
static enum enc_code get(struct world *world, const struct enc_sealed_log *log)
{
	struct enc_error err = { 0 };

	return enc_signatures_get(world->signatures, log, on_told, world, &err);
}

/* is_told() - whether a log has a signature, which the vault isn't asked for */
static bool is_told(struct world *world, const struct enc_sealed_log *log)
{
	unsigned int before;

	while (enc_signatures_busy(world->signatures)) {
		(void)uv_run(&world->loop, UV_RUN_ONCE);
	}
	before = world->told;
	return get(world, log) == ENC_OK && world->told == before + 1 &&
	       is_quiet(world) && world->code == ENC_OK &&
	       world->hex[1] == (char)('0' + log->number);
}

static void test_as_soon_as_sealed(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	attach(&world);
	enc_signatures_add(world.signatures, &logs[0]);
	assert_true(enc_signatures_busy(world.signatures));
	answer(&world, &logs[0], ENC_OK);
	assert_true(is_told(&world, &logs[0]));
	enc_signatures_add(NULL, &logs[0]);
	assert_false(enc_signatures_busy(NULL));
	end(&world);
}

static void test_without_a_vault(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	enc_signatures_add(world.signatures, &logs[0]);
	enc_signatures_add(world.signatures, &logs[1]);
	assert_int_equal(get(&world, &logs[0]), ENC_UNAVAILABLE);
	assert_int_equal(world.told, 0);
	attach(&world);
	answer(&world, &logs[0], ENC_OK);
	answer(&world, &logs[1], ENC_OK);
	assert_true(is_told(&world, &logs[0]));
	assert_true(is_told(&world, &logs[1]));
	end(&world);
}

static void test_a_vault_that_dies(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	attach(&world);
	enc_signatures_add(world.signatures, &logs[0]);
	(void)close(world.vault);
	turn(&world);
	assert_false(enc_signatures_busy(world.signatures));
	attach(&world);
	/* A full disk of the vault's: it is asked again. */
	answer(&world, &logs[0], ENC_STORAGE_FULL);
	(void)close(world.vault);
	attach(&world);
	answer(&world, &logs[0], ENC_OK);
	assert_true(is_told(&world, &logs[0]));
	end(&world);
}

static void test_asked_for(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	attach(&world);
	/* One that nobody had signed, since the server ended before. */
	assert_int_equal(get(&world, &logs[1]), ENC_OK);
	answer(&world, &logs[1], ENC_OK);
	assert_true(is_told(&world, &logs[1]));
	assert_int_equal(world.told, 2);
	/* The vault has signed another history. */
	assert_int_equal(get(&world, &logs[0]), ENC_OK);
	answer(&world, &logs[0], ENC_CONFLICT);
	assert_int_equal(world.code, ENC_CONFLICT);
	enc_signatures_add(world.signatures, &logs[0]);
	answer(&world, &logs[0], ENC_CONFLICT);
	assert_true(is_quiet(&world));
	end(&world);
}

static void test_many(void **state)
{
	struct enc_sealed_log log = logs[0];
	struct world world;

	(void)state;
	begin(&world);
	for (uint64_t i = 1; i <= ENC_SIGNATURES_WAITING_MAX + 1; i++) {
		log.number = i;
		log.count = i;
		enc_signatures_add(world.signatures, &log);
	}
	attach(&world);
	turn(&world);
	/* Each answer makes room for one more; the last one was too many. */
	for (uint64_t i = 1; i <= ENC_SIGNATURES_WAITING_MAX; i++) {
		(void)uv_run(&world.loop, UV_RUN_NOWAIT);
		while (!answer_now(&world, i)) {
			(void)uv_run(&world.loop, UV_RUN_NOWAIT);
		}
	}
	while (enc_signatures_busy(world.signatures)) {
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	}
	assert_true(is_quiet(&world));
	end(&world);
}

static void test_freed_meanwhile(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	enc_signatures_add(world.signatures, &logs[0]);
	attach(&world);
	assert_int_equal(get(&world, &logs[1]), ENC_OK);
	end(&world);
	assert_int_equal(world.told, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_soon_as_sealed),
		cmocka_unit_test(test_without_a_vault),
		cmocka_unit_test(test_a_vault_that_dies),
		cmocka_unit_test(test_asked_for),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_freed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
