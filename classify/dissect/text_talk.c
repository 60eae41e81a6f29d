#include "classify/dissect/text_talk.h"

static void orient(struct dissection *x, struct text_talk *t, const struct text_grammar *grammar, struct cursor line)
{
	if (t->oriented || !grammar->by_server)
		return;
	t->oriented = true;
	dissection_server(x, grammar->by_server(line) ? x->direction : (enum flow_direction) !x->direction);
}

void text_talk(struct dissection *x, struct cursor *c, const struct text_grammar *grammar)
{
	struct text_talk *t = x->state;
	struct cursor line;
	while (!x->next && !x->failed && !x->done[x->direction] && cursor_left(c)) {
		if (!t->overlong[x->direction] && text_turned_to_tls(x, *c))
			return;
		if (!text_line(&t->overlong[x->direction], c, &line))
			return;
		orient(x, t, grammar, line);
		if (dissection_from_server(x))
			grammar->server(x, line, c);
		else
			grammar->client(x, line, c);
	}
}

void text_talk_gap(struct dissection *x, uint64_t octets)
{
	struct text_talk *t = x->state;
	t->overlong[x->direction] = true;
}

enum probe text_talk_probe(const struct probe_input *in,
			   enum probe (*server)(const struct probe_input *in, struct cursor server,
						struct cursor client),
			   enum probe (*client)(const struct probe_input *in, struct cursor client))
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++) {
		struct cursor s = in->first[d], c = in->first[!d];
		best = text_either(best, cursor_left(&s) ? server(in, s, c) : client(in, c));
	}
	return best;
}
