import type { Device, DeviceClass, SessionDevice } from '../session.js'
import { count, date, flag, list, location, object, optional, type Read, text, unexpected } from './revive.js'

const CLASSES: readonly string[] = ['desktop', 'mobile', 'tablet', 'bot', 'unknown'] satisfies DeviceClass[]

const isClass = (value: unknown): value is DeviceClass => typeof value === 'string' && CLASSES.includes(value)

const deviceClass: Read<DeviceClass> = (value, at) => {
  if (!isClass(value)) throw unexpected(at)
  return value
}

const deviceId: Read<string> = (value, at) => {
  const id = text(value, at)
  if (!/^dev_[A-Za-z0-9_-]{1,60}$/.test(id)) throw unexpected(at)
  return id
}

/** The device of a session. */
export const reviveSessionDevice: Read<SessionDevice> = (value, at) => {
  const json = object(value, at)
  const fingerprint = optional(text)(json['fingerprint'], `${at}.fingerprint`)
  return {
    id: deviceId(json['id'], `${at}.id`),
    label: text(json['label'], `${at}.label`),
    class: deviceClass(json['class'], `${at}.class`),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }
}

/** A device in the list of a user. */
export const reviveDevice: Read<Device> = (value, at) => {
  const json = object(value, at)
  const place = optional(location)(json['lastPlace'], `${at}.lastPlace`)
  return {
    id: deviceId(json['id'], `${at}.id`),
    label: text(json['label'], `${at}.label`),
    class: deviceClass(json['class'], `${at}.class`),
    firstSeen: date(json['firstSeen'], `${at}.firstSeen`),
    lastSeen: date(json['lastSeen'], `${at}.lastSeen`),
    ...(place === undefined || typeof place === 'string' ? {} : { lastPlace: place }),
    trusted: flag(json['trusted'], `${at}.trusted`),
    sessions: count(json['sessions'], `${at}.sessions`),
  }
}

export const reviveDevices: Read<Device[]> = (value, at) =>
  list(object(value, at)['devices'], `${at}.devices`).map((item, index) => reviveDevice(item, `${at}.devices.${index}`))
