/* What a start that fails may remove of a state directory. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "state_dir.h"

static char top[64]; /* each test works below this directory */
static char path[96];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/enclave-test-XXXXXX");
	if (mkdtemp(top) == NULL) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/state", top);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static bool exists(const char *name)
{
	char file[128];

	(void)snprintf(file, sizeof(file), "%s/%s", path, name);
	return access(file, F_OK) == 0;
}

static void open_state(struct enc_state_dir *ret_state)
{
	struct enc_error err = { 0 };

	assert_int_equal(enc_state_dir_open(path, getuid(), ret_state, &err),
			 ENC_OK);
}

/* A directory that was made for this server goes with it. */
static void test_new(void **state)
{
	struct enc_state_dir dir;

	(void)state;
	open_state(&dir);
	assert_true(dir.made);
	assert_true(exists("lock") && exists("instance") && exists("api"));
	enc_state_dir_discard(path, &dir);
	assert_int_equal(access(path, F_OK), -1);
}

/* One that was there before stays, and so does one with data. */
static void test_old(void **state)
{
	struct enc_state_dir dir;
	char file[128];
	int fd;

	(void)state;
	open_state(&dir);
	enc_state_dir_close(&dir);
	open_state(&dir);
	assert_false(dir.made);
	enc_state_dir_discard(path, &dir);
	assert_true(exists("lock") && exists("instance") && exists("api"));
	open_state(&dir);
	(void)snprintf(file, sizeof(file), "%s/api/data", path);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	dir.made = true;
	enc_state_dir_discard(path, &dir);
	assert_true(exists("lock") && exists("instance") && exists("api/data"));
}

/*
 * Two servers start at once: this one has made the directory, the other one has
 * locked it. Its files belong to that server.
 */
static void test_lost_race(void **state)
{
	struct enc_state_dir winner;
	struct enc_state_dir loser = { .lock = -1, .api_fd = -1, .made = true };

	(void)state;
	open_state(&winner);
	loser.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(loser.fd >= 0);
	enc_state_dir_discard(path, &loser);
	assert_true(exists("lock") && exists("instance") && exists("api"));
	enc_state_dir_close(&winner);
}

/* A second server is refused, and leaves no lock of its own. */
static void test_locked(void **state)
{
	struct enc_state_dir first;
	struct enc_state_dir second;
	struct enc_error err = { 0 };

	(void)state;
	open_state(&first);
	assert_int_equal(enc_state_dir_open(path, getuid(), &second, &err),
			 ENC_CONFLICT);
	assert_true(exists("lock") && exists("instance") && exists("api"));
	enc_state_dir_close(&first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new),
		TEST(test_old),
		TEST(test_lost_race),
		TEST(test_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
