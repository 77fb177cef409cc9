#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "fd.h"
#include "shown.h"

enum { MILLIS_PER_CPU = 1000 };

const char *const enc_shown_files[] = { "cpuinfo", "meminfo", "stat", NULL };

struct enc_shown enc_shown_of(const struct enc_limits *limits,
			      const struct enc_shown *machine)
{
	uint64_t cpus = (limits->value[ENC_LIMIT_CPU] + MILLIS_PER_CPU - 1) /
			MILLIS_PER_CPU;

	return (struct enc_shown){
		.cpus = (uint32_t)ENC_MIN(cpus, (uint64_t)machine->cpus),
		.memory_bytes = ENC_MIN(limits->value[ENC_LIMIT_MEMORY],
					machine->memory_bytes),
	};
}

bool enc_shown_same(const struct enc_shown *one, const struct enc_shown *other)
{
	return one->cpus == other->cpus &&
	       one->memory_bytes == other->memory_bytes;
}

int enc_shown_meminfo(struct enc_buf *out, uint64_t memory_bytes)
{
	static const char *const sizes[] = { "MemTotal", "MemFree",
					     "MemAvailable" };
	static const char *const none[] = {
		"Buffers",   "Cached",	     "SwapCached", "Active",
		"Inactive",  "SwapTotal",    "SwapFree",   "Dirty",
		"Writeback", "AnonPages",    "Mapped",	   "Shmem",
		"Slab",	     "SReclaimable", "SUnreclaim",
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ENC_COUNT(sizes); i++) {
		r = enc_buf_printf(out, "%s: %" PRIu64 " kB\n", sizes[i],
				   memory_bytes / 1024);
	}
	for (size_t i = 0; r == 0 && i < ENC_COUNT(none); i++) {
		r = enc_buf_printf(out, "%s: 0 kB\n", none[i]);
	}
	return r;
}

int enc_shown_cut(const char *text, uint32_t cpus, struct enc_buf *out)
{
	uint32_t lines = 0;
	uint32_t paragraphs = 0;
	int r = 0;

	while (r == 0 && *text != '\0' && paragraphs < cpus) {
		size_t length = strcspn(text, "\n");
		bool is_cpu = strncmp(text, "cpu", 3) == 0 &&
			      isdigit((unsigned char)text[3]);

		lines += is_cpu ? 1 : 0;
		paragraphs += length == 0 ? 1 : 0;
		length += text[length] == '\n' ? 1 : 0;
		if (!is_cpu || lines <= cpus) {
			r = enc_buf_append(out, text, length);
		}
		text += length;
	}
	return r;
}

/* cut_file() - cut a file of the tree @facts */
static int cut_file(const char *facts, const char *name, uint32_t cpus,
		    struct enc_buf *out)
{
	ENC_AUTO(buf) whole = ENC_BUF(ENC_SHOWN_MAX_BYTES);
	char path[ENC_FACTS_PATH_BYTES];
	int r = -ENAMETOOLONG;

	if (snprintf(path, sizeof(path), "%s/proc/%s", facts, name) <
	    (int)sizeof(path)) {
		r = enc_facts_read(path, &whole);
	}
	if (r == 0) {
		r = enc_buf_append(&whole, "", 1);
	}
	return r < 0 ? r
		     : enc_shown_cut((const char *)enc_buf_bytes(&whole), cpus,
				     out);
}

int enc_shown_write(int dir, const char *facts, const struct enc_shown *shown)
{
	int r = 0;

	for (size_t i = 0; r == 0 && enc_shown_files[i] != NULL; i++) {
		const char *name = enc_shown_files[i];
		ENC_AUTO(buf) text = ENC_BUF(ENC_SHOWN_MAX_BYTES);
		enc_autoclose int file =
			openat(dir, name,
			       O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);

		if (file < 0) {
			return -errno;
		}
		r = strcmp(name, "meminfo") == 0
			    ? enc_shown_meminfo(&text, shown->memory_bytes)
			    : cut_file(facts, name, shown->cpus, &text);
		if (r == 0) {
			r = enc_fd_write_all(file, enc_buf_bytes(&text),
					     text.length);
		}
	}
	return r;
}
