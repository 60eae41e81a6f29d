#include "capture/filter.h"

#include "capture/link.h"

#include <linux/filter.h>
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

/* ---- programs for the kernel ---- */

static int all(uint32_t snaplen, struct packet_program *out, struct error *error)
{
	out->code = malloc(sizeof *out->code);
	if (!out->code)
		return error_set(error, ERROR_FAILED, "filter: out of memory");
	*out->code = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, snaplen);
	out->count = 1;
	return 0;
}

static int copy(const struct bpf_program *from, const char *expression, struct packet_program *out, struct error *error)
{
	out->code = from->bf_len <= BPF_MAXINSNS ? calloc(from->bf_len, sizeof *out->code) : NULL;
	if (!out->code)
		return error_set(error, ERROR_USAGE, "filter '%.100s…': too long; give a shorter one", expression);
	out->count = (uint16_t)from->bf_len;
	for (uint32_t i = 0; i < from->bf_len; i++) {
		const struct bpf_insn *in = &from->bf_insns[i];
		out->code[i] = (struct sock_filter){in->code, in->jt, in->jf, in->k};
	}
	return 0;
}

static int compile_live(pcap_t *p, const char *expression, struct packet_program *out, struct error *error)
{
	struct bpf_program code;
	if (pcap_compile(p, &code, expression, 1, PCAP_NETMASK_UNKNOWN))
		return error_set(error, ERROR_USAGE, "filter '%s': %s: see pcap-filter(7)", expression, pcap_geterr(p));
	int rc = copy(&code, expression, out, error);
	pcap_freecode(&code);
	return rc;
}

/* Only a handle that is active knows what the kernel can be asked about a frame, so one is made for the while. */
int filter_live(const char *expression, const char *interface, enum link link, uint32_t snaplen,
		struct packet_program *out, struct error *error)
{
	char why[PCAP_ERRBUF_SIZE];
	*out = (struct packet_program){0};
	if (!expression)
		return all(snaplen, out, error);
	pcap_t *p = pcap_create(interface, why);
	if (!p)
		return error_set(error, ERROR_FAILED, "%s: %s", interface, why);
	pcap_set_snaplen(p, (int)snaplen);
	pcap_set_buffer_size(p, 1 << 20);
	int rc;
	if (pcap_activate(p) < 0)
		rc = error_set(error, ERROR_FAILED, "%s: %s", interface, pcap_geterr(p));
	else if (link_of((uint32_t)pcap_datalink(p)) != link)
		rc = error_set(error, ERROR_USAGE, "%s: no filter can be compiled for its link; leave out -f",
			       interface);
	else
		rc = compile_live(p, expression, out, error);
	pcap_close(p);
	return rc;
}
