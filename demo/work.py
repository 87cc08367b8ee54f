"""What happened: forty requests as they come in, each three times in the month, at different clients."""

from __future__ import annotations

from typing import NamedTuple


class Piece(NamedTuple):
    """One time entry: minutes of work, kind of work ("" is remote support), what was done."""

    minutes: int
    work_type: str
    note: str


class Request(NamedTuple):
    """One request: subject, ticket type, priority and the work that it took."""

    subject: str
    ticket_type: str
    priority: str
    pieces: tuple[Piece, ...]


def _of(text: str) -> Request:
    """Read one paragraph: `subject | type | priority`, then a line `minutes work-type: note` for each entry."""
    head, *lines = text.strip().splitlines()
    subject, ticket_type, priority = (part.strip() for part in head.split("|"))
    pieces = []
    for line in lines:
        before, _, note = line.strip().partition(": ")
        minutes, _, work_type = before.partition(" ")
        pieces.append(Piece(int(minutes), work_type, note))
    return Request(subject, ticket_type, priority, tuple(pieces))


_TEXT = """
Outlook no longer connects after password change | incident | medium
12: Profile checked with the user on the phone
27: Stored credentials cleared, profile rebuilt, mail flow tested

New colleague starts Monday: account and laptop | request | medium
45: Account, groups and licences created
65: Laptop installed, disk encrypted, printer mapped
20 onsite: Handover and first sign-in at the desk

VPN drops every few minutes | incident | high
35: Client log read, MTU of the tunnel lowered
25: Firmware of the firewall updated out of hours

Printer on the second floor prints blank pages | incident | low
15: Driver replaced, test page sent
40 onsite: Toner unit exchanged
30 travel: Drive there and back

Backup job failed for the third night | incident | high
30: Log read: repository full
55: Old restore points moved, retention changed
15: Next run watched, restore of one file tested

Shared mailbox for applications | request | low
18: Mailbox and permissions created
12: Mail rule written and shown to the team

File server nearly full | incident | high
40: Largest folders listed, duplicates found
50: Volume extended by 500 GB, alerts set

Suspicious mail opened by accounting | incident | critical
25: Machine taken off the network, sessions revoked
80: Scan, mailbox rules checked, password reset
35: Report written for the management

Windows updates fail with 0x800f0922 | incident | medium
22: Recovery partition enlarged
38: Update installed, restart planned with the user

Accounting software update | change | medium
15: Snapshot taken
60: Server and five clients updated
30: Test booking together with the user

Telephone system: change of opening hours | request | low
10: Announcement and time profile changed
9: Test calls

Wi-Fi weak in the meeting room | incident | medium
30 onsite: Measured, channel overlap found
45 onsite: Second access point mounted and configured
30 travel: Drive there and back

Certificate of the web shop expires | change | high
20: Request created, validation by DNS
25: Certificate installed, chain tested

Laptop fell, display broken | request | medium
25: Replacement device prepared
55: Data moved, old device sent for repair

Mails to one customer are rejected | incident | high
20: Header read: DMARC alignment missing
40: SPF and DKIM corrected, policy watched
10: Confirmed with the customer's postmaster

Colleague leaves: lock accounts | request | medium
20: Accounts locked, mail forwarded to the manager
25: Data of the home folder handed over

Slow database of the merchandise system | incident | high
70: Waits recorded over the noon peak
85: Index added, statistics job repaired
20: Times compared with the department

Scan to folder stopped working | incident | medium
15: SMB1 was off after the update
25: Address book moved to a service account

Second screen stays black | incident | low
10: Dock firmware updated
14: Cable exchanged by the user, tested together

Multi-factor sign-in for all users | project | medium
90: Policy drafted and piloted with four users
120: Roll-out to 26 users, questions answered
45: Break-glass accounts set up and documented

Restore of a deleted folder | request | high
20: Point in time found with the user
25: Folder restored, rights compared

Terminal server: sessions freeze | incident | critical
30: Session hosts drained one by one
75: Profile disk repaired
40: Antivirus exclusions corrected, load watched

Add-in for time recording | request | low
25: Package built
20: Distributed to twelve machines

Switch in the warehouse reboots | incident | high
25: Power supply replaced by the spare
35 onsite: Cabinet cleaned, UPS tested
30 travel: Drive there and back

Quarterly review of the firewall rules | maintenance | low
60: Rules compared with the documentation
45: Fourteen rules removed, change logged

Teams calls without sound | incident | medium
15: Headset firmware
20: Audio service and policy checked

Server room: temperature alarm at night | incident | critical
25: Alarm confirmed, load moved
50 onsite: Fan exchanged
30 travel: Drive there and back

Move of three desks | request | low
35 onsite: Devices rebuilt
25 onsite: Network sockets patched and labelled

Licence count for the annual order | request | low
40: Usage per user read
20: Proposal written

Data exchange with the tax adviser | change | medium
30: Account on the exchange server
25: Script for the monthly export
15: First run checked with the adviser

E-mail archive not searchable | incident | medium
25: Index service restarted
50: Index rebuilt over night

New branch: internet line and router | project | high
60 onsite: Router installed, line measured
75: Site-to-site tunnel and telephones
40 travel: Drive there and back

Monitoring reports a degraded disk | incident | high
15: Disk identified, spare ordered
35 onsite: Disk exchanged, rebuild watched

Phone lost on a business trip | incident | high
12: Device wiped, SIM locked
33: New phone enrolled

Spreadsheet with macros crashes | incident | low
20: Add-ins switched off one by one
40: Macro corrected for 64 bit
15: Tested with the controlling team

Guest Wi-Fi for the open day | request | low
20: Network with vouchers created
15: Range tested on site by the caretaker

Mail signature for everybody | change | low
35: Template with the new logo
25: Rule deployed, exceptions for two mailboxes

Remote access for an auditor | request | medium
20: Account with an end date, read only
25: Introduction on the phone
10: Access closed after the audit

Label printer at the loading ramp | incident | medium
20: Queue cleared, driver matched
45 onsite: Cable routed anew

Domain transfer to the new provider | change | medium
25: Zone exported, lifetime lowered
50: Transfer, records compared
20: Old contract terminated, documentation updated
"""

REQUESTS: tuple[Request, ...] = tuple(_of(paragraph) for paragraph in _TEXT.strip().split("\n\n"))
