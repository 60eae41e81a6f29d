/* A coarse timing wheel over the slots of a flow table: when is a flow to be looked at?
 *
 * A flow is entered under the time at which it may be over and not moved when a packet comes; when its turn
 * comes whoever turns the wheel looks at its times and ends it or enters it again. So the cached path never
 * touches the wheel. Times beyond the rim wait at the rim. Owned by one meter.
 */
#ifndef ONLOOKER_IPFIX_WHEEL_H
#define ONLOOKER_IPFIX_WHEEL_H

#include "ipfix/flow_table.h"

#define WHEEL_LISTS 256u

struct wheel {
	uint64_t tick_ns;
	uint64_t tick; /* lists before this one have been emptied */
	bool started;  /* tick has been set by a first time */
	uint32_t head[WHEEL_LISTS];
};

/* reach_ns: how far ahead times usually lie */
void wheel_init(struct wheel *w, uint64_t reach_ns);

/* Enters the slot, which is in no list, to be looked at once `time_ns` has passed. */
void wheel_enter(struct wheel *w, struct flow_table *t, uint32_t number, uint64_t time_ns);

/* Takes the slot out of its list. */
void wheel_leave(struct wheel *w, struct flow_table *t, uint32_t number);

/* The next slot whose time has passed at clock_ns, taken out of its list; FLOW_NONE when there is none. */
uint32_t wheel_next(struct wheel *w, struct flow_table *t, uint64_t clock_ns);

#endif
