/* How the master keys come to the vault: a file, or a command. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fd.h"
#include "vault_keys.h"

enum {
	TEXT_BYTES = 128 * 1024,
	OPEN_FD = 77,
	ENDED_MS = 5000,
};

#define OPEN_FD_TEXT "77"

static char top[64];
static int dir;
static struct enc_poller poller;
static struct enc_vault_keys keys;
static char text[TEXT_BYTES];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/enclave-test-XXXXXX");
	if (mkdtemp(top) == NULL || enc_poller_init(&poller) < 0) {
		return -1;
	}
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enc_vault_keys_init(&keys, dir, NULL, &poller);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	enc_vault_keys_done(&keys);
	enc_poller_done(&poller);
	(void)unlinkat(dir, ENC_VAULT_KEY_FILE, 0);
	(void)close(dir);
	return rmdir(top);
}

/* read_all() - Return: the bytes that came until the end of the pipe */
static size_t read_all(void)
{
	struct enc_error err = { 0 };
	enc_autoclose int fd = -1;
	size_t length = 0;
	ssize_t n;

	assert_int_equal(enc_vault_keys_open(&keys, &fd, &err), ENC_OK);
	while ((n = read(fd, text + length, sizeof(text) - length)) > 0) {
		length += (size_t)n;
	}
	assert_int_equal(n, 0);
	return length;
}

static void write_file(const char *content, mode_t mode)
{
	int fd = openat(dir, ENC_VAULT_KEY_FILE,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(enc_fd_write_all(fd, content, strlen(content)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static enum enc_code try_open(void)
{
	struct enc_error err = { 0 };
	enc_autoclose int fd = -1;

	return enc_vault_keys_open(&keys, &fd, &err);
}

static void test_made_once(void **state)
{
	static char first[TEXT_BYTES];
	struct stat status;
	size_t length;

	(void)state;
	assert_false(enc_vault_keys_exist(&keys));
	assert_int_equal(try_open(), ENC_UNAVAILABLE);
	assert_int_equal(enc_vault_keys_make(&keys), 0);
	assert_true(enc_vault_keys_exist(&keys));
	assert_int_equal(fstatat(dir, ENC_VAULT_KEY_FILE, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	length = read_all();
	assert_int_equal(length, 65);
	assert_int_equal(strspn(text, "0123456789abcdef"), 64);
	memcpy(first, text, length);
	assert_int_equal(enc_vault_keys_make(&keys), -EEXIST);
	assert_int_equal(read_all(), length);
	assert_memory_equal(first, text, length);
}

static void test_open_file(void **state)
{
	(void)state;
	write_file("key\n", 0640);
	assert_int_equal(try_open(), ENC_UNAVAILABLE);
	write_file("key\n", 0604);
	assert_int_equal(try_open(), ENC_UNAVAILABLE);
	write_file("key\n", 0600);
	assert_int_equal(read_all(), 4);
}

static void test_large_file(void **state)
{
	char large[4098];

	(void)state;
	memset(large, 'x', sizeof(large));
	large[4096] = '\0';
	write_file(large, 0600);
	assert_int_equal(read_all(), 4096);
	large[4096] = 'x';
	large[4097] = '\0';
	write_file(large, 0600);
	assert_int_equal(try_open(), ENC_UNAVAILABLE);
}

static void test_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkfifoat(dir, ENC_VAULT_KEY_FILE, 0600), 0);
	assert_int_equal(try_open(), ENC_UNAVAILABLE);
}

static void test_link(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("/etc/hostname", dir, ENC_VAULT_KEY_FILE),
			 0);
	assert_int_equal(try_open(), ENC_UNAVAILABLE);
}

/* The bytes that come for each command. */
static void test_commands(void **state)
{
	static const struct {
		const char *command;
		size_t length;
	} rows[] = {
		{ "echo 0123", 5 },
		{ "exit 0", 0 },
		{ "echo 0123; exit 1", 0 },
		{ "echo 0123; kill -9 $$", 0 },
		{ "head -c 65536 /dev/zero", 65536 },
		{ "head -c 65537 /dev/zero", 0 },
		{ "cat", 0 },
		{ "/no/such/program", 0 },
		/* Nor does anybody wait for what it leaves behind. */
		{ "sleep 60 >/dev/null 2>&1 & echo 0123", 5 },
		{ "[ -e /proc/self/fd/" OPEN_FD_TEXT " ] || echo 0123", 5 },
	};

	(void)state;
	assert_int_equal(dup2(STDERR_FILENO, OPEN_FD), OPEN_FD);
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		keys.command = rows[i].command;
		assert_true(enc_vault_keys_exist(&keys));
		if (read_all() != rows[i].length) {
			fail_msg("%s", rows[i].command);
		}
		assert_int_equal(enc_poller_turn(&poller, -1), 0);
		assert_int_equal(keys.helper, -1);
	}
	(void)close(OPEN_FD);
}

static void test_slow_command(void **state)
{
	(void)state;
	keys.command = "echo 0123; exec sleep 60";
	assert_int_equal(read_all(), 0);
}

/* It says all that it has to say, and goes on. */
static void test_silent_command(void **state)
{
	(void)state;
	keys.command = "echo 0123; exec sleep 60 >&-";
	assert_int_equal(read_all(), 0);
}

/* is_left() - whether a command left a process, which has its standard error */
static bool is_left(const char *command)
{
	int before = dup(STDERR_FILENO);
	int ends[2];
	struct pollfd wait = { .events = POLLIN };
	int r;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	(void)close(ends[1]);
	keys.command = command;
	assert_int_equal(read_all(), 5);
	assert_int_equal(enc_poller_turn(&poller, -1), 0);
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	(void)close(before);
	wait.fd = ends[0];
	r = poll(&wait, 1, ENDED_MS);
	(void)close(ends[0]);
	return r == 0;
}

static void test_nothing_is_left(void **state)
{
	(void)state;
	assert_false(is_left("sleep 60 >/dev/null & echo 0123"));
	if (geteuid() != 0) {
		skip();
	}
	assert_false(is_left("setsid sleep 60 >/dev/null & echo 0123"));
}

/* The next start doesn't wait for a command that runs still. */
static void test_abandoned_command(void **state)
{
	(void)state;
	keys.command = "exec sleep 60";
	assert_int_equal(try_open(), ENC_OK);
	keys.command = "echo 0123";
	assert_int_equal(read_all(), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_made_once),	    TEST(test_open_file),
		TEST(test_large_file),	    TEST(test_link),
		TEST(test_no_file),	    TEST(test_commands),
		TEST(test_slow_command),    TEST(test_silent_command),
		TEST(test_nothing_is_left), TEST(test_abandoned_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
