/* What a service manager gets: one datagram, at a path or an abstract name. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "fd.h"
#include "notify.h"

/* listen_at() - a datagram socket; '@' stands for an abstract name */
static int listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t length = strlen(path);

	memcpy(name.sun_path, path, length);
	if (path[0] == '@') {
		name.sun_path[0] = '\0';
	}
	assert_int_equal(bind(fd, (const struct sockaddr *)&name,
			      (socklen_t)(offsetof(struct sockaddr_un,
						   sun_path) +
					  length)),
			 0);
	return fd;
}

static void expect_at(const char *path)
{
	enc_autoclose int fd = listen_at(path);
	char text[64] = "";

	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	assert_int_equal(enc_notify("READY=1\nSTATUS=Serving"), 0);
	assert_int_equal(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT),
			 strlen("READY=1\nSTATUS=Serving"));
	assert_string_equal(text, "READY=1\nSTATUS=Serving");
}

static void test_a_path(void **state)
{
	char directory[] = "/tmp/enclave-notify-XXXXXX";
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	expect_at(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	/* Nobody is there any more, which is told. */
	assert_int_equal(enc_notify("READY=1"), -ENOENT);
}

static void test_an_abstract_name(void **state)
{
	char name[64];

	(void)state;
	(void)snprintf(name, sizeof(name), "@enclave-notify-%d", (int)getpid());
	expect_at(name);
}

static void test_nobody_wants_to_know(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(enc_notify("READY=1"), 0);
}

static void test_what_names_no_socket(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
	assert_int_equal(enc_notify("READY=1"), -EINVAL);
	assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	assert_int_equal(enc_notify("READY=1"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_path),
		cmocka_unit_test(test_an_abstract_name),
		cmocka_unit_test(test_nobody_wants_to_know),
		cmocka_unit_test(test_what_names_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
