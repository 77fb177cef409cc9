#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "fd.h"
#include "random.h"
#include "slots.h"

enum { OF_INIT, OF_PROGRAM, OF_GATE, OF_SENTRY };

/* make_path() - make every missing directory of an absolute path */
static int make_path(const char *dir)
{
	char path[256];
	size_t length = strlen(dir);

	if (length >= sizeof(path)) {
		return -ENAMETOOLONG;
	}
	for (size_t i = 1; i <= length; i++) {
		if (dir[i] != '/' && dir[i] != '\0') {
			continue;
		}
		memcpy(path, dir, i);
		path[i] = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST) {
			return -errno;
		}
	}
	return 0;
}

int enc_slots_open(struct enc_slots *slots, const char *dir)
{
	enc_autoclose int dir_fd = -1;
	int r = make_path(dir);

	*slots =
		(struct enc_slots){ .lock = -1, .free_count = ENC_SLOTS_COUNT };
	for (unsigned int i = 0; i < ENC_SLOTS_COUNT; i++) {
		slots->free[i] = (uint16_t)i;
	}
	if (r < 0) {
		return r;
	}
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0) {
		return -errno;
	}
	/* Who replaces a lock gets two servers to use the same ids. */
	r = enc_fd_check_own(dir_fd);
	if (r < 0) {
		return r;
	}
	for (unsigned int block = 0; block < ENC_SLOTS_BLOCKS; block++) {
		enc_autoclose int fd = -1;
		char name[16];

		(void)snprintf(name, sizeof(name), "%u", block);
		fd = openat(dir_fd, name,
			    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0) {
			return -errno;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			slots->lock = ENC_TAKE_FD(fd);
			slots->block = block;
			return 0;
		}
	}
	return -EBUSY;
}

void enc_slots_close(struct enc_slots *slots)
{
	enc_fd_close(&slots->lock);
}

int enc_slots_take(struct enc_slots *slots)
{
	size_t choice = (slots->free_count + 1) / 2;
	uint32_t random;
	size_t at;
	uint16_t slot;

	if (slots->free_count == 0) {
		return -EAGAIN;
	}
	enc_random_bytes(&random, sizeof(random));
	at = random % choice;
	slot = slots->free[at];
	slots->free_count--;
	memmove(&slots->free[at], &slots->free[at + 1],
		(slots->free_count - at) * sizeof(slot));
	slots->used[slot] = true;
	return slot;
}

void enc_slots_give(struct enc_slots *slots, int slot)
{
	ENC_ASSERT(slots->used[slot]);
	slots->used[slot] = false;
	slots->free[slots->free_count++] = (uint16_t)slot;
}

static uid_t first_uid(const struct enc_slots *slots)
{
	return ENC_SLOTS_UID_BASE + slots->block * ENC_SLOTS_BLOCK_IDS;
}

void enc_slots_uids(const struct enc_slots *slots, uid_t *ret_first,
		    uid_t *ret_last)
{
	*ret_first = first_uid(slots) + ENC_SLOTS_IDS;
	*ret_last = first_uid(slots) + ENC_SLOTS_BLOCK_IDS - 1;
}

uid_t enc_slots_api_uid(const struct enc_slots *slots)
{
	return first_uid(slots);
}

uid_t enc_slots_vault_uid(const struct enc_slots *slots)
{
	return first_uid(slots) + 1;
}

static uid_t uid_of(const struct enc_slots *slots, int slot, unsigned int role)
{
	return first_uid(slots) + ENC_SLOTS_IDS * ((unsigned int)slot + 1) +
	       role;
}

uid_t enc_slots_init_uid(const struct enc_slots *slots, int slot)
{
	return uid_of(slots, slot, OF_INIT);
}

uid_t enc_slots_program_uid(const struct enc_slots *slots, int slot)
{
	return uid_of(slots, slot, OF_PROGRAM);
}

uid_t enc_slots_gate_uid(const struct enc_slots *slots, int slot)
{
	return uid_of(slots, slot, OF_GATE);
}

uid_t enc_slots_sentry_uid(const struct enc_slots *slots, int slot)
{
	return uid_of(slots, slot, OF_SENTRY);
}
