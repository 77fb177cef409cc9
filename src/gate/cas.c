#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cas.h"
#include "certificate.h"
#include "fd.h"

enum {
	LENGTH_BYTES = 4,
	CA_MAX_BYTES = 64 * 1024,
	CAS_MAX = 4096,
};

struct row {
	uint32_t hash; /* of the subject */
	uint32_t length;
	off_t at;
};

struct enc_cas {
	int fd;
	bool indexed;
	int failure; /* of reading the file: a negative errno */
	size_t count;
	struct row *rows;
};

struct enc_cas *enc_cas_new(int fd)
{
	struct enc_cas *cas = enc_xalloc(sizeof(*cas));

	cas->fd = fd;
	return cas;
}

void enc_cas_free(struct enc_cas *cas)
{
	if (cas != NULL) {
		enc_fd_close(&cas->fd);
		free(cas->rows);
		free(cas);
	}
}

/* bytes_of() - the buffer that CAs are read into, one at a time */
static uint8_t *bytes_of(void)
{
	static uint8_t bytes[CA_MAX_BYTES];

	return bytes;
}

/* read_at() - read exactly so many bytes. Return: 0; -ENODATA at the end */
static int read_at(int fd, void *bytes, size_t length, off_t at)
{
	ssize_t n = pread(fd, bytes, length, at);

	if (n < 0) {
		return -errno;
	}
	return n == 0 ? -ENODATA : (size_t)n == length ? 0 : -EPROTO;
}

static uint32_t hash_of(struct enc_text subject)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < subject.length; i++) {
		hash = (hash ^ (unsigned char)subject.bytes[i]) * 16777619U;
	}
	return hash;
}

static void add_row(struct enc_cas *cas, const struct row *row)
{
	/* The array grows at 1, 2, 4 ... rows. */
	if ((cas->count & (cas->count - 1)) == 0) {
		size_t room = ENC_MAX(2 * cas->count, (size_t)1);
		struct row *rows = enc_xalloc(room * sizeof(*rows));

		if (cas->count > 0) {
			memcpy(rows, cas->rows, cas->count * sizeof(*rows));
		}
		free(cas->rows);
		cas->rows = rows;
	}
	cas->rows[cas->count++] = *row;
}

/* read_all() - make the index. Return: 0 or a negative errno */
static int read_all(struct enc_cas *cas)
{
	struct row row = { .at = LENGTH_BYTES };
	uint32_t length;
	int r;

	while ((r = read_at(cas->fd, &length, LENGTH_BYTES,
			    row.at - LENGTH_BYTES)) == 0) {
		struct enc_text subject;

		row.length = be32toh(length);
		if (row.length > CA_MAX_BYTES || cas->count == CAS_MAX) {
			return -EPROTO;
		}
		r = read_at(cas->fd, bytes_of(), row.length, row.at);
		if (r < 0) {
			return r;
		}
		/*
		 * A CA that can't be parsed is left out: no chain can use it.
		 */
		if (enc_certificate_subject(bytes_of(), row.length, &subject) ==
		    0) {
			row.hash = hash_of(subject);
			add_row(cas, &row);
		}
		row.at += (off_t)row.length + LENGTH_BYTES;
	}
	return r == -ENODATA ? 0 : r;
}

int enc_cas_find(struct enc_cas *cas, struct enc_text subject, enc_ca_fn *found,
		 void *context)
{
	uint32_t hash = hash_of(subject);

	if (!cas->indexed) {
		cas->indexed = true;
		cas->failure = cas->fd < 0 ? 0 : read_all(cas);
	}
	for (size_t i = 0; i < cas->count && cas->failure == 0; i++) {
		const struct row *row = &cas->rows[i];
		struct enc_text own;

		if (row->hash != hash) {
			continue;
		}
		cas->failure =
			read_at(cas->fd, bytes_of(), row->length, row->at);
		if (cas->failure == 0 &&
		    enc_certificate_subject(bytes_of(), row->length, &own) ==
			    0 &&
		    own.length == subject.length &&
		    memcmp(own.bytes, subject.bytes, own.length) == 0) {
			found(context, bytes_of(), row->length);
		}
	}
	return cas->failure;
}
