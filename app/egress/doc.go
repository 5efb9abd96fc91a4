// Package egress is the one door out: the only maker of http.Client and net.Dialer in the product.
//
// A Policy says where a client may connect. It is checked on the address that is really dialled, after the name was
// resolved, so neither a spelling of an address nor a name server that changes its mind gets around it. Every
// destination, allowed or refused, is counted in the Ledger, so that "nothing leaves this site" can be looked at.
//
// No proxy is ever used and the environment is never read.
package egress
