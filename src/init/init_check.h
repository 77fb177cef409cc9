#ifndef ENC_INIT_INIT_CHECK_H
#define ENC_INIT_INIT_CHECK_H

#include "message.h"

enum { ENC_INIT_CHECK_MS = 20000 };

/**
 * enc_init_check() - the self-check: try each act of probe.h as the program
 * @descriptors_clean: enc_init_check_descriptors(), seen before anything was
 *                     opened here
 *
 * A child does it, and says after each act that it was refused; what it
 * hasn't said when it ends, or after ENC_INIT_CHECK_MS, counts as missed. So
 * does an act that fails for a reason that isn't a refusal.
 *
 * Return: always the result; when not even a child can be made, all is missed
 */
struct enc_message_ready enc_init_check(bool descriptors_clean);

/*
 * enc_init_check_descriptors() - whether nothing is open but 0, 1, 2 and the
 * runner stream, as far as /proc tells; false if it doesn't
 */
bool enc_init_check_descriptors(void);

#endif
