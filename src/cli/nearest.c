#include <stdint.h>
#include <string.h>

#include "def.h"
#include "nearest.h"

/* least() - the smallest of three edit counts */
static size_t least(size_t a, size_t b, size_t c)
{
	return ENC_MIN(ENC_MIN(a, b), c);
}

size_t enc_nearest_distance(const char *from, const char *to)
{
	size_t rows[3][ENC_NEAREST_BYTES_MAX + 1];
	size_t from_length = strlen(from);
	size_t to_length = strlen(to);

	if (from_length > ENC_NEAREST_BYTES_MAX ||
	    to_length > ENC_NEAREST_BYTES_MAX) {
		return SIZE_MAX;
	}
	for (size_t j = 0; j <= to_length; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= from_length; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3];

		now[0] = i;
		for (size_t j = 1; j <= to_length; j++) {
			now[j] =
				least(last[j] + 1, now[j - 1] + 1,
				      last[j - 1] + (from[i - 1] != to[j - 1]));
			if (i > 1 && j > 1 && from[i - 1] == to[j - 2] &&
			    from[i - 2] == to[j - 1]) {
				size_t swap = rows[(i + 1) % 3][j - 2] + 1;

				now[j] = ENC_MIN(now[j], swap);
			}
		}
	}
	return rows[from_length % 3][to_length];
}

int enc_nearest_better(const char *word, const char *candidate, size_t *best)
{
	size_t length = strlen(word);
	size_t allowed = length / 3 < 2 ? 2 : length / 3;
	size_t distance = enc_nearest_distance(word, candidate);

	if (length >= 3 && strncmp(word, candidate, length) == 0) {
		distance = 1;
	}
	if (distance > allowed || distance >= *best || distance >= length) {
		return 0;
	}
	*best = distance;
	return 1;
}
