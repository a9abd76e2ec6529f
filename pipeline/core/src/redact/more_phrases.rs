//! Phrases in the form of the files of `resources/redaction`, found on text that those files had not been written for.

/// English cues: topic, tab, phrase.
pub(super) const CUES_ENGLISH: &str = "cvv\tfour on the front
cvv\t4 on the front
cvv\tfour numbers on the front
cvv\tthree on the back
cvv\t3 on the back
cvv\tthe last three on the back
routing\tfirst nine are
routing\tfirst nine
routing\tfirst nine digits
routing\tfirst 9 digits
routing\tbottom of the check
routing\tbottom of your check
routing\tbottom of the cheque
routing\tbottom left of the check
name\tspell your last name
name\tspell your first name
name\tspell your name
name\tspell the name
name\tspell your surname
name\tspell that name
";

/// Spanish cues. The long forms keep "su número" from meaning a phone where the words after it say otherwise.
pub(super) const CUES_SPANISH: &str = "account\tsu número de cuenta
account\tmi número de cuenta
account\tel número de cuenta
account\tsu número de la cuenta
card\tsu número de tarjeta
card\tmi número de tarjeta
national\tsu número de seguro social
national\tmi número de seguro social
national\tsu número de seguridad social
national\tmi número de seguridad social
national\tseguro social
national\tsu número de identidad
national\tsu número de identificación
national\tmi número de identificación
national\tsu número de documento
national\tmi número de documento
national\tsu número de dni
national\tsu número de cédula
national\tmi número de cédula
national\tsu número de pasaporte
phone\tsu número de teléfono
phone\tmi número de teléfono
phone\tsu número de celular
phone\tmi número de celular
phone\tsu número de móvil
phone\tmi número de móvil
benign\tsu número de pedido
benign\tmi número de pedido
benign\tsu número de cliente
benign\tmi número de cliente
benign\tsu número de póliza
benign\tmi número de póliza
benign\tsu número de reserva
benign\tmi número de reserva
benign\tsu número de contrato
benign\tmi número de contrato
benign\tsu número de referencia
benign\tmi número de referencia
benign\tsu número de seguimiento
benign\tmi número de seguimiento
benign\tsu número de caso
benign\tsu número de factura
phone\ta qué número
phone\ta que numero
phone\tqué número le marco
phone\tle marco al
phone\tle llamo al
phone\tmárcame al
phone\tmarcarme al
address\tnos mudamos a
address\tme mudé a
address\tme mudo a
address\tnos hemos mudado a
address\tme he mudado a
name\tel apellido
name\tdeletrea
name\tdeletrear
name\tdeletreármelo
name\tdeletrearlo
name\tdeletrearme
";

/// Phrases that introduce names.
pub(super) const INTRODUCTIONS: &str = "strong\tmy names
strong\tmy name s
strong\tthe names
strong\tmi nombre completo es
";
