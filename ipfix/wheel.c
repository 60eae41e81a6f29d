#include "ipfix/wheel.h"

void wheel_init(struct wheel *w, uint64_t reach_ns)
{
	*w = (struct wheel){.tick_ns = reach_ns / (WHEEL_LISTS - 2) + 1};
}

void wheel_enter(struct wheel *w, struct flow_table *t, uint32_t number, uint64_t time_ns)
{
	uint64_t tick = time_ns / w->tick_ns;
	if (!w->started) {
		w->started = true;
		w->tick = tick > WHEEL_LISTS ? tick - WHEEL_LISTS : 0;
	}
	if (tick < w->tick)
		tick = w->tick;
	if (tick > w->tick + WHEEL_LISTS - 1)
		tick = w->tick + WHEEL_LISTS - 1;
	struct flow_slot *s = flow_table_slot(t, number);
	s->list = (uint16_t)(tick % WHEEL_LISTS);
	s->prev = FLOW_NONE;
	s->next = w->head[s->list];
	if (s->next != FLOW_NONE)
		flow_table_slot(t, s->next)->prev = number;
	w->head[s->list] = number;
}

void wheel_leave(struct wheel *w, struct flow_table *t, uint32_t number)
{
	struct flow_slot *s = flow_table_slot(t, number);
	if (s->prev != FLOW_NONE)
		flow_table_slot(t, s->prev)->next = s->next;
	else
		w->head[s->list] = s->next;
	if (s->next != FLOW_NONE)
		flow_table_slot(t, s->next)->prev = s->prev;
}

uint32_t wheel_next(struct wheel *w, struct flow_table *t, uint64_t clock_ns)
{
	uint64_t now = clock_ns / w->tick_ns;
	if (!w->started)
		return FLOW_NONE;
	if (now > w->tick + WHEEL_LISTS)
		w->tick = now - WHEEL_LISTS; /* after a leap every list is visited once */
	else if (now + WHEEL_LISTS < w->tick)
		w->tick = now; /* the clock went back: go on from there, or nothing would end until it catches up */
	for (; w->tick < now; w->tick++) {
		uint32_t number = w->head[w->tick % WHEEL_LISTS];
		if (number != FLOW_NONE) {
			wheel_leave(w, t, number);
			return number;
		}
	}
	return FLOW_NONE;
}
