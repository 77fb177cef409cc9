#ifndef ENC_INIT_INIT_IDS_H
#define ENC_INIT_INIT_IDS_H

#include "def.h"

/*
 * Who a process of the sandbox is. All return 0 or a negative errno, after
 * which the process is in no defined state and must end.
 */

/*
 * enc_init_ids_harden() - not dumpable, dies with its parent. The kernel
 * forgets both whenever the ids change.
 */
ENC_NODISCARD int enc_init_ids_harden(void);

/*
 * enc_init_ids_borrow(), enc_init_ids_return() - act as the program, so that
 * what is made belongs to it. Only while no foreign code runs.
 */
ENC_NODISCARD int enc_init_ids_borrow(void);
ENC_NODISCARD int enc_init_ids_return(void);

/*
 * enc_init_ids_drop() - become the program for good: no group, no
 * capability, no_new_privs. Fails if any capability is left.
 */
ENC_NODISCARD int enc_init_ids_drop(void);

#endif
