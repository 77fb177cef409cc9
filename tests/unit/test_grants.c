/*
 * Which sessions get which bindings, with the test as the vault and a store in
 * memory.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/store_of_org.h"
#include "../lib/vault_double.h"
#include "grants.h"
#include "ipc.h"

/* "one", "two" and "new" in base64 */
#define BLOB_ONE "b25l"
#define BLOB_TWO "dHdv"
#define BLOB_NEW "bmV3"

struct world {
	uv_loop_t loop;
	struct enc_store *store;
	struct enc_vault_client *client;
	struct enc_grants *grants;
	int vault;
	unsigned int told;
	enum enc_code code;
	char message[256];
};

static void on_told(void *context, enum enc_code code,
		    const struct enc_error *err)
{
	struct world *world = context;

	world->told++;
	world->code = code;
	(void)snprintf(world->message, sizeof(world->message), "%s",
		       err == NULL ? "" : err->message);
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	(void)err;
	*(enum enc_code *)context = code;
}

static void put_binding(struct world *world, const char *id, const char *name,
			const char *sealed, bool insert)
{
	const struct enc_store_binding row = {
		.base.type = &enc_store_service_bindings,
		.id = id,
		.org = "o-1",
		.name = name,
		.upstream = "",
		.injection = "",
		.header = "",
		.username = "",
		.methods = "",
		.paths = "",
		.sealed = sealed,
	};
	struct enc_store_change *change = enc_store_change_new();
	enum enc_code code = ENC_CODE_MAX;

	if (insert) {
		enc_store_insert(change, &row.base);
	} else {
		enc_store_update(change, &row.base);
	}
	enc_store_submit(world->store, change, on_durable, &code);
	while (code == ENC_CODE_MAX) {
		(void)uv_run(&world->loop, UV_RUN_ONCE);
	}
	assert_int_equal(code, ENC_OK);
}

static void begin(struct world *world)
{
	memset(world, 0, sizeof(*world));
	assert_int_equal(uv_loop_init(&world->loop), 0);
	world->store = open_store_of_org(&world->loop);
	world->client = enc_vault_client_new(&world->loop);
	world->grants = enc_grants_new(world->store, world->client);
	put_binding(world, "b-1", "llm", BLOB_ONE, true);
	put_binding(world, "b-2", "mail", BLOB_TWO, true);
	world->vault = vault_double_attach(world->client);
}

static void end(struct world *world)
{
	enc_grants_free(world->grants);
	enc_vault_client_free(world->client);
	enc_store_flush_and_free(world->store);
	assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	(void)close(world->vault);
}

static void turn(struct world *world)
{
	for (int i = 0; i < 3; i++) {
		(void)uv_run(&world->loop, UV_RUN_NOWAIT);
	}
}

/* answer() - answer the next request, which has to be as expected */
static void answer(struct world *world, enum enc_vault_opcode opcode,
		   uint64_t tag, const char *body, enum enc_code code)
{
	struct {
		struct enc_vault_head head;
		char body[64];
	} message;
	struct enc_vault_head reply;
	int fd;
	int r;

	turn(world);
	r = enc_ipc_receive(world->vault, &message, sizeof(message), &fd);
	assert_int_equal(r, sizeof(message.head) + strlen(body));
	assert_int_equal(message.head.opcode, opcode);
	assert_int_equal(message.head.tag, tag);
	assert_memory_equal(message.body, body, strlen(body));
	reply = (struct enc_vault_head){
		.opcode = code == ENC_OK ? ENC_VAULT_DONE : ENC_VAULT_REFUSED,
		.code = code,
		.number = message.head.number,
	};
	assert_int_equal(enc_ipc_send(world->vault, &reply, sizeof(reply), -1),
			 0);
	turn(world);
}

/* is_quiet() - whether the vault gets no request */
static bool is_quiet(struct world *world)
{
	turn(world);
	return vault_double_is_quiet(world->vault);
}

static const struct enc_grant both[] = { { "b-1", "llm" }, { "b-2", "mail" } };

static enum enc_code begin_session(struct world *world, uint64_t tag,
				   size_t count, struct enc_error *err)
{
	return enc_grants_begin(world->grants,
				&(struct enc_grants_session){ .tag = tag,
							      .org = "o-1",
							      .grants = both,
							      .count = count },
				on_told, world, err);
}

static void test_begin(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_int_equal(begin_session(&world, 7, 2, NULL), ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "one", ENC_OK);
	assert_int_equal(world.told, 0);
	answer(&world, ENC_VAULT_GRANT, 7, "two", ENC_OK);
	assert_int_equal(world.told, 1);
	assert_int_equal(world.code, ENC_OK);
	/* One of two is refused: the session hears of it once, at the end. */
	assert_int_equal(begin_session(&world, 8, 2, NULL), ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 8, "one", ENC_FORBIDDEN);
	assert_int_equal(world.told, 1);
	answer(&world, ENC_VAULT_GRANT, 8, "two", ENC_OK);
	assert_int_equal(world.told, 2);
	assert_int_equal(world.code, ENC_FORBIDDEN);
	enc_grants_end(world.grants, 7);
	enc_grants_end(world.grants, 8);
	enc_grants_end(world.grants, 9);
	end(&world);
}

static void test_ends_early(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_int_equal(begin_session(&world, 7, 2, NULL), ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "one", ENC_OK);
	enc_grants_end(world.grants, 7);
	answer(&world, ENC_VAULT_GRANT, 7, "two", ENC_OK);
	assert_int_equal(world.told, 0);
	end(&world);
}

static void test_refused(void **state)
{
	const struct enc_grant renamed[] = { { "b-1", "other" } };
	struct enc_grants_session session = {
		.tag = 7, .org = "o-1", .grants = renamed, .count = 1
	};
	struct enc_error err = { 0 };
	struct world world;

	(void)state;
	begin(&world);
	assert_int_equal(enc_grants_begin(world.grants, &session, on_told,
					  &world, &err),
			 ENC_NOT_FOUND);
	assert_string_equal(err.message,
			    "the service binding other was deleted");
	/* Another organisation's binding doesn't exist. */
	session.org = "o-2";
	session.grants = both;
	assert_int_equal(enc_grants_begin(world.grants, &session, on_told,
					  &world, NULL),
			 ENC_NOT_FOUND);
	assert_true(is_quiet(&world));
	enc_vault_client_detach(world.client);
	assert_int_equal(begin_session(&world, 7, 1, NULL), ENC_UNAVAILABLE);
	assert_int_equal(world.told, 0);
	end(&world);
}

static void test_restart(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_int_equal(begin_session(&world, 7, 1, NULL), ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "one", ENC_OK);
	assert_int_equal(begin_session(&world, 8, 1, NULL), ENC_OK);
	/* The vault dies: the session that hasn't started is told. */
	(void)close(world.vault);
	turn(&world);
	assert_int_equal(world.told, 2);
	assert_int_equal(world.code, ENC_UNAVAILABLE);
	enc_grants_end(world.grants, 8);
	put_binding(&world, "b-1", "llm", BLOB_NEW, false);
	/* The other one gets what the store has now. */
	world.vault = vault_double_attach(world.client);
	answer(&world, ENC_VAULT_GRANT, 7, "new", ENC_OK);
	assert_true(is_quiet(&world));
	assert_int_equal(world.told, 2);
	enc_grants_end(world.grants, 7);
	end(&world);
}

/* More than the client sends at once: the rest follows the answers. */
static void test_restart_of_many(void **state)
{
	enum { SESSIONS = ENC_VAULT_CLIENT_REQUESTS_MAX / 2 + 50 };
	struct world world;

	(void)state;
	begin(&world);
	for (uint64_t tag = 1; tag <= SESSIONS; tag++) {
		assert_int_equal(begin_session(&world, tag, 2, NULL), ENC_OK);
		answer(&world, ENC_VAULT_GRANT, tag, "one", ENC_OK);
		answer(&world, ENC_VAULT_GRANT, tag, "two", ENC_OK);
	}
	(void)close(world.vault);
	turn(&world);
	world.vault = vault_double_attach(world.client);
	for (uint64_t tag = 1; tag <= SESSIONS; tag++) {
		answer(&world, ENC_VAULT_GRANT, tag, "one", ENC_OK);
		answer(&world, ENC_VAULT_GRANT, tag, "two", ENC_OK);
	}
	assert_true(is_quiet(&world));
	for (uint64_t tag = 1; tag <= SESSIONS; tag++) {
		enc_grants_end(world.grants, tag);
	}
	end(&world);
}

static const struct enc_grants_version version = {
	.org = "o-1", .id = "b-2", .blob = "new", .length = 3
};

static void test_replace(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	/* Even if no session has the binding, older versions are retired. */
	assert_int_equal(enc_grants_replace(world.grants, &version, on_told,
					    &world, NULL),
			 ENC_OK);
	answer(&world, ENC_VAULT_RETIRE, 0, "new", ENC_OK);
	assert_int_equal(world.told, 1);
	assert_int_equal(world.code, ENC_OK);

	assert_int_equal(begin_session(&world, 7, 2, NULL), ENC_OK);
	assert_int_equal(begin_session(&world, 8, 1, NULL), ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "one", ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "two", ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 8, "one", ENC_OK);
	assert_int_equal(world.told, 3);
	assert_int_equal(enc_grants_replace(world.grants, &version, on_told,
					    &world, NULL),
			 ENC_OK);
	/* The session may be over for the vault; RETIRE decides. */
	answer(&world, ENC_VAULT_GRANT, 7, "new", ENC_NOT_FOUND);
	assert_int_equal(world.told, 3);
	answer(&world, ENC_VAULT_RETIRE, 0, "new", ENC_OK);
	assert_int_equal(world.told, 4);
	assert_int_equal(world.code, ENC_OK);
	enc_grants_end(world.grants, 7);
	enc_grants_end(world.grants, 8);
	end(&world);
}

static void test_replace_fails(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_int_equal(begin_session(&world, 7, 2, NULL), ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "one", ENC_OK);
	answer(&world, ENC_VAULT_GRANT, 7, "two", ENC_OK);
	assert_int_equal(enc_grants_replace(world.grants, &version, on_told,
					    &world, NULL),
			 ENC_OK);
	(void)close(world.vault);
	turn(&world);
	assert_int_equal(world.told, 2);
	assert_int_equal(world.code, ENC_UNAVAILABLE);
	assert_int_equal(enc_grants_replace(world.grants, &version, on_told,
					    &world, NULL),
			 ENC_UNAVAILABLE);
	assert_int_equal(world.told, 2);
	enc_grants_end(world.grants, 7);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_ends_early),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_restart_of_many),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_replace_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
