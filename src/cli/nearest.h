#ifndef ENC_CLI_NEAREST_H
#define ENC_CLI_NEAREST_H

/*
 * "Did you mean": what somebody may have wanted to type. Pure.
 */

#include <stddef.h>

enum { ENC_NEAREST_BYTES_MAX = 64 };

/**
 * enc_nearest_distance() - edits from one word to another
 *
 * An insertion, deletion, substitution or swap of neighbours is one edit.
 *
 * Return: the number; SIZE_MAX if a word is longer than ENC_NEAREST_BYTES_MAX
 */
size_t enc_nearest_distance(const char *from, const char *to);

/*
 * enc_nearest_better() - whether @candidate suits @word better than @best did
 * @best: distance so far, SIZE_MAX at first; updated when true is returned
 *
 * A third of the word may be wrong (at least 2 letters), or its end missing.
 */
int enc_nearest_better(const char *word, const char *candidate, size_t *best);

#endif
