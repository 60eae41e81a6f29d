#include "capture/filter.h"

#include "capture/link.h"

#include <pcap/pcap.h>
#include <stdlib.h>

#define SNAPLEN 262144
/* Where one link has two forms on the wire each needs a program: rows of their own. */
#define LOOP     (LINK_UNKNOWN + 1)
#define CISCO    (LINK_UNKNOWN + 2)
#define PROGRAMS (LINK_UNKNOWN + 3)

enum program_state { FRESH, COMPILED, REFUSED };

struct filter {
	const char *expression;
	struct {
		struct bpf_program code;
		enum program_state state;
	} program[PROGRAMS];
};

int filter_new(const char *expression, struct filter **out, struct error *error)
{
	struct filter *f = calloc(1, sizeof *f);
	if (!f)
		return error_set(error, ERROR_FAILED, "filter: out of memory");
	f->expression = expression;
	*out = f;
	return 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (int i = 0; i < PROGRAMS; i++)
		if (f->program[i].state == COMPILED)
			pcap_freecode(&f->program[i].code);
	free(f);
}

static int compile(struct filter *f, int row, int dlt, struct error *error)
{
	if (f->program[row].state == COMPILED)
		return 0;
	f->program[row].state = REFUSED;
	pcap_t *p = dlt >= 0 ? pcap_open_dead(dlt, SNAPLEN) : NULL;
	if (!p)
		return error_set(error, ERROR_FAILED, "filter '%s': no such link", f->expression);
	int rc = pcap_compile(p, &f->program[row].code, f->expression, 1, PCAP_NETMASK_UNKNOWN);
	if (rc)
		error_set(error, ERROR_USAGE, "filter '%s': %s: see pcap-filter(7)", f->expression, pcap_geterr(p));
	else
		f->program[row].state = COMPILED;
	pcap_close(p);
	return rc ? ERROR_USAGE : 0;
}

int filter_prepare(struct filter *f, enum link link, struct error *error)
{
	int rc = compile(f, link, link_dlt(link), error);
	if (!rc && link == LINK_NULL)
		rc = compile(f, LOOP, DLT_LOOP, error);
	if (!rc && link == LINK_PPP)
		rc = compile(f, CISCO, DLT_C_HDLC, error);
	return rc;
}

bool filter_match(struct filter *f, const struct frame *frame)
{
	int row = frame->link;
	if (f->program[row].state == FRESH)
		(void)filter_prepare(f, (enum link)frame->link, NULL);
	/* a family below 256 in network order begins with a zero octet */
	if (row == LINK_NULL && frame->caplen && !frame->data[0])
		row = LOOP;
	else if (row == LINK_PPP && frame->caplen && (frame->data[0] == 0x0f || frame->data[0] == 0x8f))
		row = CISCO;
	if (f->program[row].state != COMPILED)
		return false;
	const struct pcap_pkthdr h = {.caplen = frame->caplen, .len = frame->wirelen};
	return pcap_offline_filter(&f->program[row].code, &h, frame->data) != 0;
}
