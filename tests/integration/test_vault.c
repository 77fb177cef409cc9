/*
 * The real vault in a process of its own. The test speaks the messages of the
 * launcher, of enclave-api and of gates, also those of an enclave-api that was
 * taken over: one attack for each test.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "binding.h"
#include "fd.h"
#include "ipc.h"
#include "sealed.h"
#include "vault.h"
#include "vault_memory.h"
#include "vault_run.h"

#define KEY_A \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
#define KEY_B \
	"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
#define SECRET "sk-0123456789abcdef-the-secret"

enum { WAIT_MS = 20000, TAG = 77, MESSAGE = 128 * 1024, SKIP = 77 };

static char top[64];
static const char *keys = KEY_A;

static struct vault {
	pid_t pid;
	int launcher;
	int api;
	uint64_t number;
} vault;

/* The last answer. */
static struct enc_vault_head got;
static uint8_t got_body[MESSAGE];

/* ---- the process ---- */

static _Noreturn void live(int launcher, int key_pipe, int ready, bool make)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	_exit(enc_vault_run(&(struct enc_vault_options){
		.launcher = launcher,
		.keys = key_pipe,
		.dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.ready = ready,
		.may_make = make,
	}));
}

/* open_api() - make a link for a new enclave-api, as the launcher does */
static void open_api(void)
{
	struct enc_vault_head head = { .opcode = ENC_VAULT_API };
	int ends[2];

	enc_fd_close(&vault.api);
	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	assert_int_equal(enc_ipc_send(vault.launcher, &head, sizeof(head),
				      ends[1]),
			 0);
	(void)close(ends[1]);
	vault.api = ends[0];
}

/* try_start() - false if it ends instead of being ready */
static bool try_start(bool make)
{
	int link[2];
	int key_pipe[2];
	int ready[2];
	char byte;
	bool started;

	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, link), 0);
	assert_int_equal(pipe2(key_pipe, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	vault.pid = fork();
	if (vault.pid == 0) {
		(void)close(link[0]);
		(void)close(key_pipe[1]);
		(void)close(ready[0]);
		live(link[1], key_pipe[0], ready[1], make);
	}
	(void)close(link[1]);
	(void)close(key_pipe[0]);
	(void)close(ready[1]);
	assert_int_equal(enc_fd_write_all(key_pipe[1], keys, strlen(keys)), 0);
	(void)close(key_pipe[1]);
	started = read(ready[0], &byte, 1) == 1;
	(void)close(ready[0]);
	vault.launcher = link[0];
	vault.api = -1;
	if (started) {
		open_api();
	}
	return started;
}

static void reap(void)
{
	int status;

	enc_fd_close(&vault.api);
	enc_fd_close(&vault.launcher);
	assert_int_equal(waitpid(vault.pid, &status, 0), vault.pid);
}

/* crash() - as power loss does, as far as a process can tell */
static void crash_and_start(void)
{
	assert_int_equal(kill(vault.pid, SIGKILL), 0);
	reap();
	assert_true(try_start(false));
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/dev/shm/enclave-test-XXXXXX");
	keys = KEY_A;
	return mkdtemp(top) != NULL && try_start(true) ? 0 : -1;
}

static int tear_down(void **state)
{
	char file[96];

	(void)state;
	reap();
	(void)snprintf(file, sizeof(file), "%s/%s", top, ENC_MEMORY_FILE);
	(void)unlink(file);
	return rmdir(top);
}

/* ---- messages ---- */

/* receive() - wait for a message; false at the end of the link */
static bool receive(int link)
{
	static uint8_t message[MESSAGE];
	struct pollfd wait = { .fd = link, .events = POLLIN };
	int fd = -1;
	int length;

	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	length = enc_ipc_receive(link, message, sizeof(message), &fd);
	if (length == 0 || length == -ECONNRESET) {
		return false;
	}
	assert_true(length >= (int)sizeof(got));
	assert_int_equal(fd, -1);
	memcpy(&got, message, sizeof(got));
	assert_int_equal(got.length, (size_t)length - sizeof(got));
	assert_int_equal(got.reserved, 0);
	memset(got_body, 0, sizeof(got_body));
	memcpy(got_body, message + sizeof(got), got.length);
	return true;
}

static bool is_silent(int link)
{
	struct pollfd wait = { .fd = link, .events = POLLIN };

	return poll(&wait, 1, 0) == 0;
}

static void send_message(int link, struct enc_vault_head head, const void *body,
			 size_t length)
{
	static uint8_t message[MESSAGE];

	head.length = (uint32_t)length;
	memcpy(message, &head, sizeof(head));
	if (length > 0) {
		memcpy(message + sizeof(head), body, length);
	}
	assert_int_equal(enc_ipc_send(link, message, sizeof(head) + length, -1),
			 0);
}

static void send_request(enum enc_vault_opcode opcode, uint64_t tag,
			 const void *body, size_t length)
{
	send_message(vault.api,
		     (struct enc_vault_head){ .opcode = opcode,
					      .number = ++vault.number,
					      .tag = tag },
		     body, length);
}

/* ask() - send a request. Return: the code of its answer, which is in `got` */
static enum enc_code ask(enum enc_vault_opcode opcode, uint64_t tag,
			 const void *body, size_t length)
{
	send_request(opcode, tag, body, length);
	assert_true(receive(vault.api));
	assert_true(got.number == vault.number);
	assert_int_equal(got.tag, 0);
	if (got.opcode == ENC_VAULT_REFUSED) {
		assert_true(got.code > ENC_OK && got.code < ENC_CODE_MAX);
		assert_true(got.length > 0);
		return (enum enc_code)got.code;
	}
	return ENC_OK;
}

/* ---- records, blobs, gates ---- */

struct blob {
	uint8_t bytes[ENC_VAULT_BODY_MAX_BYTES];
	size_t length;
};

static struct enc_text text_of(const char *text)
{
	return (struct enc_text){ text, strlen(text) };
}

static void write_record(struct enc_buf *record, const char *org,
			 const char *id, uint64_t version, size_t paths)
{
	static char path[ENC_BINDING_PATH_MAX_BYTES];
	struct enc_binding binding = {
		.version = version,
		.tls = true,
		.mask = true,
		.injection = ENC_INJECTION_BEARER,
		.port = 443,
		.org = text_of(org),
		.id = text_of(id),
		.name = text_of("models"),
		.host = text_of("api.example.com"),
		.base = text_of(""),
		.header = text_of(""),
		.username = text_of(""),
		.secret = text_of(SECRET),
		.path_count = paths,
	};

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	for (size_t i = 0; i < paths; i++) {
		binding.paths[i] = (struct enc_text){ path, sizeof(path) };
	}
	assert_int_equal(enc_binding_write(record, &binding), 0);
}

static enum enc_code try_seal(const char *org, const char *id, uint64_t version,
			      size_t paths, struct blob *ret_blob)
{
	ENC_AUTO(buf) record = ENC_BUF(ENC_BINDING_MAX_BYTES);
	enum enc_code code;

	write_record(&record, org, id, version, paths);
	code = ask(ENC_VAULT_SEAL, 0, enc_buf_bytes(&record), record.length);
	if (code == ENC_OK) {
		assert_int_equal(got.opcode, ENC_VAULT_SEALED);
		assert_null(memmem(got_body, got.length, SECRET,
				   strlen(SECRET)));
		memcpy(ret_blob->bytes, got_body, got.length);
		ret_blob->length = got.length;
	}
	return code;
}

static void seal(const char *org, const char *id, uint64_t version,
		 struct blob *ret_blob)
{
	assert_int_equal(try_seal(org, id, version, 1, ret_blob), ENC_OK);
}

/*
 * open_gate() - name a gate to the vault, as the launcher does. Return: the
 * gate's end
 */
static int open_gate(uint64_t tag)
{
	struct enc_vault_head head = { .opcode = ENC_VAULT_GATE, .tag = tag };
	int ends[2];

	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	assert_int_equal(enc_ipc_send(vault.launcher, &head, sizeof(head),
				      ends[1]),
			 0);
	(void)close(ends[1]);
	return ends[0];
}

static enum enc_code grant(uint64_t tag, const struct blob *blob)
{
	return ask(ENC_VAULT_GRANT, tag, blob->bytes, blob->length);
}

static enum enc_code retire(const struct blob *blob)
{
	return ask(ENC_VAULT_RETIRE, 0, blob->bytes, blob->length);
}

static enum enc_code ask_revoke(const char *org, const char *id)
{
	char body[160];

	memcpy(body, org, strlen(org) + 1);
	memcpy(body + strlen(org) + 1, id, strlen(id));
	return ask(ENC_VAULT_REVOKE, 0, body, strlen(org) + 1 + strlen(id));
}

static void assert_binding(int gate, const char *org, const char *id,
			   uint64_t version)
{
	struct enc_binding binding;

	assert_true(receive(gate));
	assert_int_equal(got.opcode, ENC_VAULT_BINDING);
	assert_int_equal(enc_binding_parse(got_body, got.length, &binding), 0);
	assert_true(binding.version == version);
	assert_int_equal(binding.org.length, strlen(org));
	assert_memory_equal(binding.org.bytes, org, strlen(org));
	assert_int_equal(binding.id.length, strlen(id));
	assert_memory_equal(binding.id.bytes, id, strlen(id));
	assert_memory_equal(binding.secret.bytes, SECRET, strlen(SECRET));
}

static void assert_withdrawn(int gate, const char *org, const char *id)
{
	assert_true(receive(gate));
	assert_int_equal(got.opcode, ENC_VAULT_WITHDRAWN);
	assert_int_equal(got.length, strlen(org) + 1 + strlen(id));
	assert_string_equal((char *)got_body, org);
	assert_memory_equal(got_body + strlen(org) + 1, id, strlen(id));
}

/* ---- the way of a secret ---- */

static void test_seal_and_grant(void **state)
{
	static struct blob blob;
	int gate = open_gate(TAG);

	(void)state;
	seal("default", "sb_1", 1, &blob);
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	assert_int_equal(got.opcode, ENC_VAULT_DONE);
	assert_binding(gate, "default", "sb_1", 1);
	/* The same again, as after a lost answer. */
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	assert_binding(gate, "default", "sb_1", 1);
	assert_true(is_silent(gate));
	(void)close(gate);
}

/* A secret is sealed as itself each time. */
static void test_blobs_differ(void **state)
{
	static struct blob one;
	static struct blob other;

	(void)state;
	seal("default", "sb_1", 1, &one);
	seal("default", "sb_1", 1, &other);
	assert_int_equal(one.length, other.length);
	assert_memory_not_equal(one.bytes, other.bytes, one.length);
}

static void test_rotation(void **state)
{
	static struct blob one;
	static struct blob two;
	int with_new = open_gate(TAG);
	int with_old = open_gate(TAG + 1);
	int without = open_gate(TAG + 2);

	(void)state;
	seal("default", "sb_1", 1, &one);
	assert_int_equal(grant(TAG, &one), ENC_OK);
	assert_int_equal(grant(TAG + 1, &one), ENC_OK);
	assert_binding(with_new, "default", "sb_1", 1);
	assert_binding(with_old, "default", "sb_1", 1);
	seal("default", "sb_1", 2, &two);
	/* Until the newer one is used, the older one opens. */
	assert_int_equal(grant(TAG + 1, &one), ENC_OK);
	assert_binding(with_old, "default", "sb_1", 1);
	assert_int_equal(grant(TAG, &two), ENC_OK);
	assert_binding(with_new, "default", "sb_1", 2);
	assert_int_equal(retire(&two), ENC_OK);
	assert_int_equal(got.opcode, ENC_VAULT_DONE);
	assert_withdrawn(with_old, "default", "sb_1");
	assert_true(is_silent(with_new));
	assert_true(is_silent(without));
	assert_int_equal(grant(TAG + 1, &one), ENC_CONFLICT);
	assert_int_equal(retire(&one), ENC_CONFLICT);
	assert_int_equal(grant(TAG + 1, &two), ENC_OK);
	assert_binding(with_old, "default", "sb_1", 2);
	(void)close(with_new);
	(void)close(with_old);
	(void)close(without);
}

static void test_revoke(void **state)
{
	static struct blob one;
	static struct blob other;
	int gate = open_gate(TAG);

	(void)state;
	seal("default", "sb_1", 1, &one);
	seal("default", "sb_2", 1, &other);
	assert_int_equal(grant(TAG, &one), ENC_OK);
	assert_int_equal(grant(TAG, &other), ENC_OK);
	assert_binding(gate, "default", "sb_1", 1);
	assert_binding(gate, "default", "sb_2", 1);
	assert_int_equal(ask_revoke("default", "sb_1"), ENC_OK);
	assert_withdrawn(gate, "default", "sb_1");
	assert_int_equal(ask_revoke("default", "sb_1"), ENC_OK);
	assert_true(is_silent(gate));
	assert_int_equal(grant(TAG, &one), ENC_CONFLICT);
	assert_int_equal(retire(&one), ENC_CONFLICT);
	/* Nor can a newer version of that id be made. */
	assert_int_equal(try_seal("default", "sb_1", 9, 1, &one), ENC_CONFLICT);
	assert_int_equal(grant(TAG, &other), ENC_OK);
	assert_binding(gate, "default", "sb_2", 1);
	(void)close(gate);
}

/* ---- an enclave-api that was taken over ---- */

/* No answer to enclave-api has a secret, whatever it asks with the blob. */
static void test_no_secret_back(void **state)
{
	static struct blob blob;
	int gate = open_gate(TAG);

	(void)state;
	seal("default", "sb_1", 1, &blob);
	for (unsigned int opcode = 0; opcode <= ENC_VAULT_OPCODE_MAX;
	     opcode++) {
		for (uint64_t tag = 0; tag <= TAG; tag += TAG) {
			if (vault.api < 0) {
				open_api();
			}
			send_request((enum enc_vault_opcode)opcode, tag,
				     blob.bytes, blob.length);
			if (!receive(vault.api)) {
				enc_fd_close(&vault.api);
				continue;
			}
			assert_true(got.opcode == ENC_VAULT_DONE ||
				    got.opcode == ENC_VAULT_REFUSED);
			assert_null(memmem(got_body, got.length, SECRET,
					   strlen(SECRET)));
		}
	}
	(void)close(gate);
}

static void test_unnamed_tag(void **state)
{
	struct enc_vault_head gone = { .opcode = ENC_VAULT_GONE, .tag = TAG };
	static struct blob blob;
	int gate;

	(void)state;
	seal("default", "sb_1", 1, &blob);
	assert_int_equal(grant(TAG, &blob), ENC_NOT_FOUND);
	gate = open_gate(TAG);
	assert_int_equal(grant(TAG + 1, &blob), ENC_NOT_FOUND);
	assert_true(is_silent(gate));
	send_message(vault.launcher, gone, NULL, 0);
	assert_int_equal(grant(TAG, &blob), ENC_NOT_FOUND);
	assert_false(receive(gate));
	(void)close(gate);
}

/* enclave-api can't name a gate itself, nor bring a descriptor. */
static void test_api_is_no_launcher(void **state)
{
	struct enc_vault_head head = { .opcode = ENC_VAULT_GATE, .tag = TAG };
	static struct blob blob;
	int ends[2];

	(void)state;
	seal("default", "sb_1", 1, &blob);
	assert_int_equal(enc_ipc_pair(SOCK_SEQPACKET, ends), 0);
	assert_int_equal(enc_ipc_send(vault.api, &head, sizeof(head), ends[1]),
			 0);
	assert_false(receive(vault.api));
	(void)close(ends[1]);
	assert_false(receive(ends[0]));
	(void)close(ends[0]);
	open_api();
	assert_int_equal(grant(TAG, &blob), ENC_NOT_FOUND);
}

static void test_other_organisation(void **state)
{
	static struct blob ours;
	static struct blob theirs;
	int gate = open_gate(TAG);

	(void)state;
	seal("o-1", "sb_1", 1, &ours);
	seal("o-2", "sb_1", 1, &theirs);
	assert_int_equal(grant(TAG, &ours), ENC_OK);
	assert_binding(gate, "o-1", "sb_1", 1);
	assert_int_equal(grant(TAG, &theirs), ENC_FORBIDDEN);
	assert_true(is_silent(gate));
	/* The refused requests didn't raise the least version. */
	assert_int_equal(ask_revoke("o-2", "sb_1"), ENC_OK);
	assert_true(is_silent(gate));
	assert_int_equal(grant(TAG, &ours), ENC_OK);
	assert_binding(gate, "o-1", "sb_1", 1);
	(void)close(gate);
}

/* Another organisation, id or version in the head of a blob. */
static void test_moved_blob(void **state)
{
	static const struct {
		const char *org;
		const char *id;
		uint64_t version;
	} moves[] = {
		{ "o-2", "sb_1", 1 },
		{ "o-1", "sb_2", 1 },
		{ "o-1", "sb_1", 2 },
		{ "o-1s", "b_1", 1 },
	};
	static struct blob blob;
	static struct blob moved;
	struct enc_sealed sealed;
	int gate = open_gate(TAG);

	(void)state;
	seal("o-1", "sb_1", 1, &blob);
	for (size_t i = 0; i < ENC_COUNT(moves); i++) {
		static struct blob genuine;
		size_t head;

		seal(moves[i].org, moves[i].id, moves[i].version, &genuine);
		assert_int_equal(enc_sealed_parse(blob.bytes, blob.length,
						  &sealed),
				 0);
		head = (size_t)(sealed.nonce - blob.bytes);
		/*
		 * Their head, which has the same length, in front of our
		 * record.
		 */
		moved = blob;
		memcpy(moved.bytes, genuine.bytes, head);
		assert_int_equal(grant(TAG, &moved), ENC_FORBIDDEN);
		assert_int_equal(retire(&moved), ENC_FORBIDDEN);
	}
	assert_true(is_silent(gate));
	(void)close(gate);
}

static void test_changed_blob(void **state)
{
	static struct blob blob;
	int gate = open_gate(TAG);

	(void)state;
	seal("default", "sb_1", 1, &blob);
	for (size_t i = 0; i < blob.length; i++) {
		enum enc_code code;

		blob.bytes[i] ^= 0x20;
		code = grant(TAG, &blob);
		assert_true(code == ENC_FORBIDDEN || code == ENC_BAD_REQUEST);
		blob.bytes[i] ^= 0x20;
	}
	assert_true(is_silent(gate));
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	assert_binding(gate, "default", "sb_1", 1);
	(void)close(gate);
}

/* The attacker seals with a master key of his own. */
static void test_forged_blob(void **state)
{
	static struct blob blob;
	int gate;

	(void)state;
	seal("default", "sb_1", 1, &blob);
	reap();
	keys = KEY_B;
	/* The memory is of the other key, too. */
	assert_false(try_start(false));
	reap();
	assert_false(try_start(true));
	reap();
	keys = KEY_A;
	assert_true(try_start(false));
	gate = open_gate(TAG);
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	assert_binding(gate, "default", "sb_1", 1);
	(void)close(gate);
}

static struct enc_vault_statement statement_of(unsigned int number)
{
	struct enc_vault_statement statement = { .org = "default",
						 .count = 10,
						 .time_ms = 1000 };

	(void)snprintf(statement.session, sizeof(statement.session),
		       "s-00ff00ff00-%u", number);
	return statement;
}

static enum enc_code sign(const struct enc_vault_statement *statement)
{
	return ask(ENC_VAULT_SIGN, 0, statement, sizeof(*statement));
}

static void test_second_history(void **state)
{
	struct enc_vault_statement statement = statement_of(1);
	uint8_t signature[ENC_VAULT_SIGNATURE_BYTES];
	uint8_t key[ENC_VAULT_KEY_BYTES];

	(void)state;
	assert_int_equal(ask(ENC_VAULT_KEY, 0, NULL, 0), ENC_OK);
	assert_int_equal(got.opcode, ENC_VAULT_KEYED);
	assert_int_equal(got.length, sizeof(key));
	memcpy(key, got_body, sizeof(key));
	assert_int_equal(sign(&statement), ENC_OK);
	assert_int_equal(got.opcode, ENC_VAULT_SIGNED);
	assert_int_equal(got.length, sizeof(signature));
	memcpy(signature, got_body, sizeof(signature));
	statement.head[0] = 1;
	assert_int_equal(sign(&statement), ENC_CONFLICT);
	crash_and_start();
	assert_int_equal(sign(&statement), ENC_CONFLICT);
	statement.head[0] = 0;
	assert_int_equal(sign(&statement), ENC_OK);
	assert_memory_equal(got_body, signature, sizeof(signature));
	assert_int_equal(ask(ENC_VAULT_KEY, 0, NULL, 0), ENC_OK);
	assert_memory_equal(got_body, key, sizeof(key));
	memset(statement.session, 'x', sizeof(statement.session));
	assert_int_equal(sign(&statement), ENC_BAD_REQUEST);
}

/* ---- crashes ---- */

static void test_crash_after_grant(void **state)
{
	static struct blob one;
	static struct blob two;
	int gate = open_gate(TAG);

	(void)state;
	seal("default", "sb_1", 1, &one);
	seal("default", "sb_1", 2, &two);
	assert_int_equal(grant(TAG, &two), ENC_OK);
	crash_and_start();
	(void)close(gate);
	gate = open_gate(TAG);
	assert_int_equal(grant(TAG, &one), ENC_CONFLICT);
	assert_int_equal(try_seal("default", "sb_1", 1, 1, &one), ENC_CONFLICT);
	assert_int_equal(grant(TAG, &two), ENC_OK);
	assert_binding(gate, "default", "sb_1", 2);
	(void)close(gate);
}

static void test_crash_after_retire_and_revoke(void **state)
{
	static struct blob one;
	static struct blob two;
	static struct blob other;
	int gate;

	(void)state;
	seal("default", "sb_1", 1, &one);
	seal("default", "sb_1", 2, &two);
	seal("default", "sb_2", 1, &other);
	assert_int_equal(retire(&two), ENC_OK);
	crash_and_start();
	assert_int_equal(ask_revoke("default", "sb_2"), ENC_OK);
	crash_and_start();
	gate = open_gate(TAG);
	assert_int_equal(grant(TAG, &one), ENC_CONFLICT);
	assert_int_equal(grant(TAG, &other), ENC_CONFLICT);
	assert_int_equal(try_seal("default", "sb_2", 7, 1, &other),
			 ENC_CONFLICT);
	assert_int_equal(grant(TAG, &two), ENC_OK);
	(void)close(gate);
}

/* A memory that is gone isn't made anew by itself. */
static void test_lost_memory(void **state)
{
	char file[96];

	(void)state;
	reap();
	(void)snprintf(file, sizeof(file), "%s/%s", top, ENC_MEMORY_FILE);
	assert_int_equal(unlink(file), 0);
	assert_false(try_start(false));
	reap();
	assert_true(try_start(true));
}

static void test_rotated_master_key(void **state)
{
	static struct blob blob;
	int gate;

	(void)state;
	seal("default", "sb_1", 1, &blob);
	assert_int_equal(ask_revoke("default", "sb_2"), ENC_OK);
	keys = KEY_B KEY_A;
	crash_and_start();
	gate = open_gate(TAG);
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	assert_binding(gate, "default", "sb_1", 1);
	(void)close(gate);
	seal("default", "sb_1", 2, &blob);
	keys = KEY_B;
	crash_and_start();
	gate = open_gate(TAG);
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	assert_binding(gate, "default", "sb_1", 2);
	assert_int_equal(try_seal("default", "sb_2", 1, 1, &blob),
			 ENC_CONFLICT);
	(void)close(gate);
}

/* ---- peers that misbehave ---- */

/* A message that breaks the protocol closes its link; the vault goes on. */
static void test_broken_requests(void **state)
{
	static const struct enc_vault_head heads[] = {
		{ .opcode = ENC_VAULT_INVALID },
		{ .opcode = ENC_VAULT_SEALED },
		{ .opcode = ENC_VAULT_API },
		{ .opcode = ENC_VAULT_GONE, .tag = TAG },
		{ .opcode = ENC_VAULT_OPCODE_MAX },
		{ .opcode = UINT32_MAX },
		{ .opcode = ENC_VAULT_KEY, .code = 1 },
		{ .opcode = ENC_VAULT_KEY, .reserved = 1 },
		{ .opcode = ENC_VAULT_KEY, .tag = 1 },
		{ .opcode = ENC_VAULT_SEAL, .tag = 1 },
		{ .opcode = ENC_VAULT_SIGN },
	};
	struct enc_vault_head head = { .opcode = ENC_VAULT_KEY, .length = 1 };
	static uint8_t large[MESSAGE];

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(heads); i++) {
		send_message(vault.api, heads[i], NULL, 0);
		assert_false(receive(vault.api));
		open_api();
	}
	assert_int_equal(enc_ipc_send(vault.api, &head, sizeof(head), -1), 0);
	assert_false(receive(vault.api));
	open_api();
	assert_int_equal(enc_ipc_send(vault.api, &head, 4, -1), 0);
	assert_false(receive(vault.api));
	open_api();
	send_request(ENC_VAULT_KEY, 0, large, 1);
	assert_false(receive(vault.api));
	open_api();
	send_request(ENC_VAULT_SEAL, 0, large, 110 * 1024);
	assert_false(receive(vault.api));
	open_api();
	assert_int_equal(ask(ENC_VAULT_KEY, 0, NULL, 0), ENC_OK);
}

static void test_malformed_requests(void **state)
{
	ENC_AUTO(buf) record = ENC_BUF(ENC_BINDING_MAX_BYTES);

	(void)state;
	assert_int_equal(ask(ENC_VAULT_SEAL, 0, "x", 1), ENC_BAD_REQUEST);
	assert_int_equal(ask(ENC_VAULT_RETIRE, 0, "x", 1), ENC_BAD_REQUEST);
	assert_int_equal(ask(ENC_VAULT_RETIRE, 0, NULL, 0), ENC_BAD_REQUEST);
	assert_int_equal(ask(ENC_VAULT_REVOKE, 0, "org", 3), ENC_BAD_REQUEST);
	assert_int_equal(ask(ENC_VAULT_REVOKE, 0, "\0id", 3), ENC_BAD_REQUEST);
	assert_int_equal(ask(ENC_VAULT_REVOKE, 0, "o\0i\0", 4),
			 ENC_BAD_REQUEST);
	/* The version of what is revoked. */
	write_record(&record, "default", "sb_1", UINT64_MAX, 0);
	assert_int_equal(ask(ENC_VAULT_SEAL, 0, enc_buf_bytes(&record),
			     record.length),
			 ENC_BAD_REQUEST);
}

/* A new enclave-api: the old one's link ends, its answers are dropped. */
static void test_new_api(void **state)
{
	static struct blob blob;
	int former;

	(void)state;
	seal("default", "sb_1", 1, &blob);
	former = vault.api;
	vault.api = -1;
	open_api();
	assert_int_equal(ask(ENC_VAULT_KEY, 0, NULL, 0), ENC_OK);
	{
		struct pollfd wait = { .fd = former, .events = POLLIN };

		assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
		assert_true((wait.revents & POLLHUP) != 0);
	}
	(void)close(former);
}

static void test_too_many_bindings(void **state)
{
	static struct blob blob;
	int gate = open_gate(TAG);
	char id[16];

	(void)state;
	for (unsigned int i = 0; i < ENC_BINDINGS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "sb_%u", i);
		seal("default", id, 1, &blob);
		assert_int_equal(grant(TAG, &blob), ENC_OK);
		assert_binding(gate, "default", id, 1);
	}
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	seal("default", "sb_x", 1, &blob);
	assert_int_equal(grant(TAG, &blob), ENC_LIMIT);
	assert_int_equal(ask_revoke("default", "sb_0"), ENC_OK);
	assert_int_equal(grant(TAG, &blob), ENC_OK);
	(void)close(gate);
}

/* Large records: so many that a gate's socket doesn't hold all of them. */
enum { LARGE = 12, LARGE_PATHS = 60 };

/* seal_large() - seal sb_0, sb_1 ... as large records */
static void seal_large(struct blob blobs[LARGE])
{
	for (unsigned int i = 0; i < LARGE; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "sb_%u", i);
		assert_int_equal(try_seal("default", id, 1, LARGE_PATHS,
					  &blobs[i]),
				 ENC_OK);
	}
}

/* Records that don't fit into the socket wait sealed, until the gate reads. */
static void test_slow_gate(void **state)
{
	static struct blob blobs[LARGE];
	int gate = open_gate(TAG);
	unsigned int sent = 0;
	unsigned int done = 0;
	char id[16];

	(void)state;
	seal_large(blobs);
	for (; sent == done; sent++) {
		struct pollfd wait = { .fd = vault.api, .events = POLLIN };

		assert_true(sent < LARGE);
		send_request(ENC_VAULT_GRANT, TAG, blobs[sent].bytes,
			     blobs[sent].length);
		if (poll(&wait, 1, 1000) == 1) {
			assert_true(receive(vault.api));
			assert_int_equal(got.opcode, ENC_VAULT_DONE);
			done++;
		}
	}
	/*
	 * Others are served meanwhile. A record that is revoked now won't come.
	 */
	assert_int_equal(ask(ENC_VAULT_KEY, 0, NULL, 0), ENC_OK);
	(void)snprintf(id, sizeof(id), "sb_%u", done);
	{
		char body[32];
		int length = snprintf(body, sizeof(body), "default%c%s", 0, id);

		send_request(ENC_VAULT_REVOKE, 0, body, (size_t)length);
	}
	/*
	 * The grant of the revoked binding is over at once, without a record.
	 */
	send_request(ENC_VAULT_KEY, 0, NULL, 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_true(receive(vault.api));
		assert_true(got.opcode == ENC_VAULT_KEYED ||
			    (got.opcode == ENC_VAULT_DONE &&
			     got.number == vault.number - 3));
	}
	assert_true(is_silent(vault.api));
	for (unsigned int i = 0; i < done; i++) {
		char given[16];

		(void)snprintf(given, sizeof(given), "sb_%u", i);
		assert_binding(gate, "default", given, 1);
	}
	assert_withdrawn(gate, "default", id);
	assert_true(receive(vault.api));
	assert_int_equal(got.opcode, ENC_VAULT_DONE);
	assert_true(got.number == vault.number - 1);
	(void)close(gate);
}

/* A gate that never reads loses its link, and enclave-api gets its answer. */
static void test_stuck_gate(void **state)
{
	static struct blob blobs[LARGE];
	int gate = open_gate(TAG);
	unsigned int bindings = 0;

	(void)state;
	seal_large(blobs);
	for (unsigned int i = 0; i < LARGE; i++) {
		enum enc_code code = grant(TAG, &blobs[i]);

		/*
		 * After a grant that had to wait too long the gate's link is
		 * closed, and its tag is gone.
		 */
		assert_true(code == ENC_OK || code == ENC_NOT_FOUND);
	}
	assert_int_equal(grant(TAG, &blobs[0]), ENC_NOT_FOUND);
	while (receive(gate)) {
		bindings++;
	}
	assert_true(bindings < LARGE);
	(void)close(gate);
}

/* A gate sends nothing: if it does, it was taken over. */
static void test_talking_gate(void **state)
{
	static struct blob blob;
	int gate = open_gate(TAG);

	(void)state;
	seal("default", "sb_1", 1, &blob);
	send_message(gate,
		     (struct enc_vault_head){ .opcode = ENC_VAULT_GRANT,
					      .tag = TAG },
		     blob.bytes, blob.length);
	assert_false(receive(gate));
	assert_int_equal(grant(TAG, &blob), ENC_NOT_FOUND);
	(void)close(gate);
}

/* ---- a full disk ---- */

static void fill_disk(const char *dir)
{
	static const uint8_t zeros[4096];
	char name[128];
	int fd;

	(void)snprintf(name, sizeof(name), "%s/ballast", dir);
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	while (write(fd, zeros, sizeof(zeros)) > 0) {
	}
	(void)close(fd);
}

/* In a mount namespace of its own; the vault is started in it, too. */
static void on_full_disk(void)
{
	enum { MANY = 3000 };
	static struct blob one;
	static struct blob two;
	char name[128];
	unsigned int i = 0;
	enum enc_code code = ENC_OK;
	int gate;

	/* The vault of the set-up is the parent's. */
	enc_fd_close(&vault.api);
	enc_fd_close(&vault.launcher);
	assert_int_equal(mount("none", top, "tmpfs", 0, "size=1m"), 0);
	assert_true(try_start(true));
	seal("default", "sb_1", 1, &one);
	seal("default", "sb_1", 2, &two);
	assert_int_equal(retire(&two), ENC_OK);
	fill_disk(top);
	while (code == ENC_OK && i < MANY) {
		(void)snprintf(name, sizeof(name), "sb_x%u", i++);
		code = ask_revoke("default", name);
	}
	assert_int_equal(code, ENC_STORAGE_FULL);
	assert_int_equal(ask_revoke("default", name), ENC_STORAGE_FULL);
	for (unsigned int round = 0; round < 2; round++) {
		gate = open_gate(TAG);
		assert_int_equal(grant(TAG, &one), ENC_CONFLICT);
		assert_int_equal(grant(TAG, &two), ENC_OK);
		assert_binding(gate, "default", "sb_1", 2);
		(void)close(gate);
		assert_int_equal(try_seal("default", "sb_x0", 1, 1, &one),
				 ENC_CONFLICT);
		crash_and_start();
	}
	(void)snprintf(name, sizeof(name), "%s/ballast", top);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(ask_revoke("default", "sb_last"), ENC_OK);
}

static void test_full_disk(void **state)
{
	pid_t child;
	int status;

	(void)state;
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
			_exit(SKIP);
		}
		on_full_disk();
		reap();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP) {
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_seal_and_grant),
		TEST(test_blobs_differ),
		TEST(test_rotation),
		TEST(test_revoke),
		TEST(test_no_secret_back),
		TEST(test_unnamed_tag),
		TEST(test_api_is_no_launcher),
		TEST(test_other_organisation),
		TEST(test_moved_blob),
		TEST(test_changed_blob),
		TEST(test_forged_blob),
		TEST(test_second_history),
		TEST(test_crash_after_grant),
		TEST(test_crash_after_retire_and_revoke),
		TEST(test_lost_memory),
		TEST(test_rotated_master_key),
		TEST(test_broken_requests),
		TEST(test_malformed_requests),
		TEST(test_new_api),
		TEST(test_too_many_bindings),
		TEST(test_slow_gate),
		TEST(test_stuck_gate),
		TEST(test_talking_gate),
		TEST(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
