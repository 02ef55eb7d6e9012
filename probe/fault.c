#include "probe/fault.h"

const char *
fault_text(enum fault fault)
{
	switch (fault) {
	case FAULT_NONE:
		return "answered";
	case FAULT_CONNECT:
		return "could not be connected to";
	case FAULT_TIMEOUT:
		return "did not answer in time";
	case FAULT_CLOSED:
		return "closed the connection";
	case FAULT_PROTOCOL:
		return "did not speak SMTP as it should";
	case FAULT_TLS:
		return "failed the TLS handshake";
	case FAULT_NO_SMTPUTF8:
		return "does not offer SMTPUTF8, which this address needs";
	case FAULT_LOCAL:
		return "could not be asked for want of memory or descriptors here";
	}
	return "?";
}

enum verdict_reason
fault_reason(enum fault fault)
{
	switch (fault) {
	case FAULT_CONNECT:
		return REASON_NO_CONNECT;
	case FAULT_TIMEOUT:
		return REASON_TIMEOUT;
	case FAULT_CLOSED:
		return REASON_CLOSED_EARLY;
	case FAULT_PROTOCOL:
	case FAULT_TLS:
		return REASON_TEMPORARY_ERROR;
	case FAULT_NO_SMTPUTF8:
		return REASON_AMBIGUOUS_REFUSAL;
	case FAULT_LOCAL:
		return REASON_PROBE_UNAVAILABLE;
	case FAULT_NONE:
		break;
	}
	return REASON_AMBIGUOUS_REFUSAL;
}
